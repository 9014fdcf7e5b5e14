// SPDX-License-Identifier: Apache-2.0
// Three persons at one handwritten register: the first keys from the picture without a click,
// the second keys blind, the third decides; the same person may not; the interval is right.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atMost, axe, is, login, ok, open, quiet, shot, story, visit } from './lib.mjs'

const [ITEM, NEXT] = process.env.WEB_ITEMS.split(' ')
const BOOK = process.env.WEB_BOOK
const who = async user => {
    const { context, page } = await open({ profile: mkdtempSync(join(tmpdir(), 'web-')) })
    context.setDefaultTimeout(60000) // three browsers beside each other
    await login(page, user)
    return { context, page }
}
const api = (page, path) => page.evaluate(p => fetch(`/api/v1${p}`).then(async r => ({ status: r.status, ...await r.json() })), path)
const send = (page, method, path, body) => page.evaluate(async ([m, p, b]) => {
    const csrf = (await fetch('/api/v1/session').then(r => r.json())).csrf
    const r = await fetch(`/api/v1${p}`, { method: m, headers: { 'Content-Type': 'application/json', 'X-Sohoa-Csrf': csrf }, body: JSON.stringify(b) })
    return { status: r.status, ...await r.json() }
}, [method, path, body])
const name = page => page.evaluate(() => document.activeElement?.name ?? '')
const VALUES = { so: '1/2003', quyenSo: '01/2003', ngayDangKy: '20/09/2003', nksHoTen: 'NGUYỄN VĂN AN', nksGioiTinh: 'Nam',
    nksNgaySinh: '14/09/2003', nksNoiSinh: 'Xã Phú Thịnh', nksDanToc: 'Kinh', nksQuocTich: 'Việt Nam', meHoTen: 'TRẦN THỊ BÍCH',
    noiDangKy: 'UBND xã Phú Thịnh', nguoiKy: 'LÊ VĂN SƠN' }

/** Types into the field that has the focus, or says that it is empty, and goes on. */
async function fill(page, values) {
    const field = await name(page)
    if (values[field]) {
        await page.keyboard.type(values[field])
        await page.keyboard.press('Enter')
        await page.waitForFunction(f => document.activeElement?.name !== f, field)
        return field
    }
    const doubt = await page.locator(`.cell.doubt [name=${field}]`).count()
    await page.keyboard.press(doubt ? 'F8' : 'Enter')
    await page.waitForFunction(f => document.activeElement?.name && document.activeElement.name !== f, field)
    return field
}

async function first() {
    const { context, page } = await who('lan')
    await visit(page, 'verify')
    await page.locator('.lanes').first().waitFor()
    await visit(page, `key/${ITEM}`)
    await page.locator('.record form input').first().waitFor()
    await page.evaluate(() => { window.clicks = 0; addEventListener('click', () => { window.clicks++ }, true) })
    is(await name(page), 'so', 'the first field has the focus at once')
    await page.keyboard.press('Alt+ArrowDown')
    is(await page.locator('[name=so]').inputValue(), '1/2003', 'the first number of the book is offered, taken by one key')
    await page.keyboard.press('Control+A')
    // An Enter that ends composing goes nowhere.
    await page.evaluate(() => {
        const box = document.activeElement
        box.dispatchEvent(new CompositionEvent('compositionstart', { bubbles: true }))
        box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, isComposing: true }))
        box.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true }))
    })
    is(await name(page), 'so', 'Enter while composing does not go on')
    await shot(page, 'keying-lane')
    await axe(page, 'the keying lane')
    const rows = await page.locator('.record form .cell').count()
    for (let i = 1; i < rows; i++) await fill(page, VALUES)
    await page.keyboard.press('Control+Enter')
    await page.waitForFunction(i => !location.hash.includes(i), `/${ITEM}`)
    is(await page.evaluate(() => window.clicks), 0, 'clicks for keying a record')
    const kept = await api(page, `/items/${ITEM}`)
    is(kept.fields.nksHoTen?.value, 'NGUYỄN VĂN AN', 'each field was saved as it was left')
    is(kept.doubts.length, 0, 'nothing of it is open')
    await page.locator('.record form input').first().waitFor()
    is(await name(page), 'so', 'the next record comes by itself')
    await page.keyboard.press('Alt+ArrowDown')
    is(await page.locator('[name=so]').inputValue(), '2/2003', 'its number goes on')
    await page.keyboard.type(' ')
    await visit(page, 'keying')
    ok((await api(page, '/keying')).rows.every(r => r.item !== ITEM), 'who keyed a record is not asked again')
    is((await api(page, '/keying/differs')).status, 403, 'a clerk decides nothing')
    await context.close()
}

// ---- keys while letters are composed -----------------------------------------------------

/** All ways in which input methods (Telex, VNI) send keys; then none at all may have fired. */
async function composing(page, what) {
    let sent = 0
    const count = r => { if (r.method() !== 'GET') sent++ }
    page.on('request', count)
    const before = await page.evaluate(() => [document.activeElement?.id, document.activeElement?.value, location.hash].join())
    const cases = await page.evaluate(() => {
        const box = document.activeElement
        const say = type => box.dispatchEvent(new CompositionEvent(type, { bubbles: true, data: 'ê' }))
        const keys = ['Enter', 'F4', 'F6', 'F8', 'Process', ...'0123456789sfrxjzaeodw'].flatMap(key => [{ key }, { key, ctrlKey: key === 'Enter' }])
        let n = 0
        for (const way of ['isComposing', 'keyCode229', 'between'])
            for (const key of keys) {
                n++
                if (way === 'between') say('compositionstart')
                box.dispatchEvent(new KeyboardEvent('keydown', { ...key, bubbles: true, cancelable: true,
                    isComposing: way === 'isComposing', keyCode: way === 'keyCode229' ? 229 : 0 }))
                if (way === 'between') say('compositionend')
            }
        return n
    })
    await page.waitForTimeout(300)
    is(await page.evaluate(() => [document.activeElement?.id, document.activeElement?.value, location.hash].join()), before, `${what}: ${cases} keys of input methods change nothing`)
    is(await page.locator('dialog[open]').count(), 0, `${what}: and open nothing`)
    is(sent, 0, `${what}: and send nothing`)
    page.off('request', count)
}

/** A finished record is shown for a purpose only: the page asks once. Not (@otherwise: what stands
 * there then) when the same person had it before him in the last 15 minutes. */
async function forPurpose(page, hash, otherwise) {
    if (hash) await page.evaluate(h => { location.hash = h }, `#/${hash}`)
    const asked = page.locator('dialog input[name=purpose]').first()
    await (otherwise ? asked.or(page.locator(otherwise)).first() : asked).waitFor()
    if (!await asked.count()) return
    await page.locator('dialog button.main').click()
    await page.locator('dialog[open]').waitFor({ state: 'detached' })
}

const FIRST = 'NGUYỄN VĂN AN'
let stillOpen = '' // a field that nobody keyed again yet
const sampled = new Map() // field of ITEM: was the second answer another one

async function draw() {
    const { context, page } = await who('minh')
    await visit(page, 'keying')
    const drawn = page.waitForResponse(r => r.url().includes('/keying/draw'))
    await page.locator('.empty button.main').click()
    ok((await drawn).ok(), 'the sample is drawn')
    is((await send(page, 'POST', '/keying/draw', { dossier: BOOK })).records, 0, 'and not a second time')
    is((await send(page, 'POST', `/items/${ITEM}/verify`, {})).status, 200, 'the record is verified meanwhile')
    await context.close()
}

// What the second person is told, whatever way he asks.
async function blind(page, rows) {
    const texts = await page.evaluate(paths => Promise.all(paths.map(p => fetch(`/api/v1${p}`).then(r => r.text()))),
        ['/keying', '/items?limit=200', '/items?state=verified&limit=200', `/items/${ITEM}/keying/nksHoTen?purpose=check`, `/items/${ITEM}/history?purpose=check`,
            `/items/${ITEM}?purpose=check`, `/pages/${rows[0].pages[0].page}/words?purpose=check`, '/keying/differs', '/keying/report'])
    is(texts.filter(t => t.includes(FIRST) || t.includes('TRẦN THỊ BÍCH')).length, 0, 'no answer of the server has the first value')
    is(texts.filter(t => t.includes('SH-USER-RIGHT') && t.includes('second keying')).length, 3, 'the record, its history and its words are not shown')
    ok(!(await page.content()).includes(FIRST), 'nor has the page')
}

async function second() {
    const { context, page } = await who('hoa')
    await forPurpose(page, 'keying')
    await page.locator('#second').waitFor()
    is(await page.locator('#second').inputValue(), '', 'the box is empty')
    const rows = (await api(page, '/keying')).rows
    ok(rows.length > 4 && rows.every(r => r.item === ITEM && !('first' in r)), 'the fields of the record that is through', rows.map(r => r.form.field))
    await blind(page, rows)
    ok(await page.locator('.strip img, .viewer img').evaluateAll(all => all.length > 0 && Promise.all(all.map(i => i.decode())).then(() => true, () => false)), 'the picture is shown')
    await shot(page, 'second-keying')
    await axe(page, 'the second keying')
    await composing(page, 'the second box')

    // Left and forgotten: what was typed stands there again.
    await page.locator('#second').fill('dở dang')
    await visit(page, 'seal')
    await visit(page, 'keying')
    await page.locator('#second').waitFor()
    is(await page.locator('#second').inputValue(), 'dở dang', 'what was typed and left is there again')
    await page.reload()
    await forPurpose(page, '', '#second')
    await page.locator('#second').waitFor()
    is(await page.locator('#second').inputValue(), 'dở dang', 'also after the page was closed')
    await page.locator('#second').fill('')

    await page.evaluate(() => { window.clicks = 0; addEventListener('click', () => { window.clicks++ }, true) })
    await page.locator('#second').focus()
    for (let i = 0; i < rows.length - 3; i++) {
        const field = await name(page)
        const other = field === 'nksHoTen'
        const put = page.waitForResponse(r => r.request().method() === 'PUT')
        if (VALUES[field]) {
            await page.keyboard.type(other ? 'NGUYỄN VĂN ÂN' : VALUES[field])
            await page.keyboard.press('Enter')
        } else await page.keyboard.press('F8')
        const kept = await put
        ok(kept.ok(), `${field}: kept`)
        ok(!(await kept.text()).includes(FIRST) && !/differs|agreed/.test(await kept.text()), `${field}: and nothing told`)
        if (rows.find(r => r.form.field === field).why === 'sample') sampled.set(field, other)
        await page.waitForFunction(f => document.activeElement?.name && document.activeElement.name !== f, field)
    }
    is(await page.evaluate(() => window.clicks), 0, 'clicks for the second keying')
    ok(sampled.get('nksHoTen'), 'one answer of the sample was another')
    is((await send(page, 'PUT', `/items/${ITEM}/keying/nksHoTen`, { value: FIRST })).error?.code, 'SH-KEYING', 'no second try')
    is((await send(page, 'POST', `/items/${ITEM}/keying/nksHoTen/settle`, { take: 'second' })).status, 403, 'the second person does not decide')
    stillOpen = rows.at(-1).form.field
    await context.close()
}

// Nobody checks his own work, whatever role he has: asked of the server without any screen.
async function own() {
    const lan = await who('lan')
    const left = (await api(lan.page, '/keying/report')).rows.find(r => r.type === 'residual')
    ok(left.open >= 3, 'some fields are open still', left)
    is((await send(lan.page, 'PUT', `/items/${ITEM}/keying/${stillOpen}`, { mark: 'blank' })).error?.code, 'SH-KEYER', 'who wrote a field does not key it again')
    is((await send(lan.page, 'POST', `/items/${ITEM}/keying/nksHoTen/settle`, { take: 'first' })).error?.code, 'SH-USER-RIGHT', 'nor does she decide')
    await lan.context.close()

    const { context, page } = await who('tuan')
    const row = (await api(page, '/keying')).rows[0]
    const at = `/items/${ITEM}/keying/${row.form.field}`
    is((await send(page, 'PUT', at, { mark: 'illegible', why: 'faded' })).status, 200, 'a verifier gives a second answer')
    if (row.why === 'sample') sampled.set(row.form.field, null) // a third decides it below
    is((await send(page, 'POST', `${at}/settle`, { take: 'second' })).error?.code, 'SH-KEYER', 'and does not approve it himself')
    is((await api(page, '/keying/differs')).rows.filter(r => r.form.field === row.form.field).length, 0, 'nor is it offered to him')
    await context.close()
}

/** Bounds of the share p: where |wrong/counted - p| = z √(p(1-p)/counted). By halving, not by
 * the formula that the program has; in hundredths of a percent, outwards. */
function bounds(wrong, counted) {
    const share = wrong / counted
    const beyond = p => Math.abs(share - p) > 1.959964 * Math.sqrt(p * (1 - p) / counted)
    const edge = (out, into) => {
        for (let i = 0; i < 200; i++) {
            const p = (out + into) / 2
            if (beyond(p)) out = p
            else into = p
        }
        return into
    }
    const low = wrong === 0 ? 0 : Math.floor(1e4 * edge(0, share))
    const high = wrong === counted ? 1e4 : Math.ceil(1e4 * edge(1, share))
    const percent = n => (n / 100).toFixed(2)
    return { low: percent(low), high: percent(high), share: percent(Math.round(1e4 * share)) }
}

async function third() {
    const { context, page } = await who('minh')
    const known = [...sampled.values()].filter(v => v === false).length
    const open = [...sampled.values()].filter(v => v !== false).length
    const wide = (await api(page, `/keying/report?dossier=${BOOK}`)).rows.find(r => r.type === 'residual')
    is([wide.counted, wide.wrong, wide.undecided].join(), [known, 0, open].join(), 'counted, wrong, undecided')
    is(`${wide.low} ${wide.high}`, `${bounds(0, known + open).low} ${bounds(open, known + open).high}`, 'before a third decided, the bounds hold both ways')

    await forPurpose(page, 'keying/differs', '.answers')
    await page.locator('.answers').waitFor()
    await axe(page, 'the decision')
    await page.evaluate(() => { window.keys = 0; addEventListener('keydown', () => { window.keys++ }, true) })
    for (let i = 0; i < 2; i++) {
        const field = await page.locator('.answers').getAttribute('data-field')
        if (field === 'nksHoTen') {
            is(await page.locator('.answers > button b').allTextContents().then(a => a.join(' | ')), `${FIRST} | NGUYỄN VĂN ÂN`, 'both answers beside the picture')
            await shot(page, 'third-decides')
        }
        if (i === 0) {
            // Digits of VNI in the text are text; what is typed and left is kept.
            await page.keyboard.press('3')
            await page.locator('#third').waitFor()
            await page.keyboard.type('NGUYE6N1 2')
            await composing(page, 'the third box')
            await visit(page, 'seal')
            await visit(page, 'keying/differs')
            await page.locator('#third').waitFor()
            is(await page.locator('#third').inputValue(), 'NGUYE6N1 2', 'digits are text there, and it is kept')
            await page.keyboard.press('Escape')
        }
        const before = await page.evaluate(() => window.keys)
        const settled = page.waitForResponse(r => r.url().includes('/settle'))
        await page.keyboard.press(field === 'nksHoTen' ? '2' : '1')
        ok((await settled).ok(), `${field}: decided`)
        atMost(await page.evaluate(() => window.keys) - before, 1, 'keys for a decision')
        await page.waitForFunction(f => document.querySelector('.answers')?.dataset.field !== f, field)
    }
    await page.locator('.residual').waitFor()
    const m = known + open
    const { share, low, high } = bounds(1, m)
    is(await page.locator('.residual .figures').first().textContent(), `1/${m} = ${share}% (${low}-${high}%)`, 'the errors that are left, with the interval of Wilson')
    await shot(page, 'residual')
    await axe(page, 'the errors that are left')
    await visit(page, `books/${BOOK}`)
    await page.locator('.residual').waitFor()
    ok((await page.locator('.residual').textContent()).includes(`${share}%`), 'the register has it too')
    is((await api(page, `/items/${ITEM}?purpose=check`)).fields.nksHoTen.value, 'NGUYỄN VĂN ÂN', 'the record has what was decided')
    await visit(page, `history/${ITEM}`)
    const told = await page.locator('table.list').textContent()
    ok(told.includes('hoa') && told.includes('minh') && told.includes(FIRST), 'the history tells who keyed, who decided, and both answers')
    await shot(page, 'history')
    await axe(page, 'the history')
    const seal = await api(page, '/seal')
    ok(seal.rows.some(r => r.code === 'second' && r.blocks), 'sealing waits for what is open', seal)
    await context.close()
}

async function back() {
    const { context, page } = await who('minh')
    is((await send(page, 'POST', `/items/${NEXT}/return`, { why: 'số bị mờ, nhập lại' })).status, 200, 'a record is sent back')
    await visit(page, 'verify')
    await page.locator('.lanes').first().waitFor()
    await page.keyboard.press('F6')
    await page.locator('table.list').waitFor()
    ok((await page.locator('table.list').textContent()).includes('số bị mờ, nhập lại'), 'F6: what was sent back, with the reason')
    await shot(page, 'sent-back')
    await axe(page, 'what was sent back')
    await context.close()
}

async function calm() {
    quiet('the browser has nothing to complain about')
    ok(BOOK !== '', 'the book')
}
await story(first, draw, second, own, third, back, calm)
