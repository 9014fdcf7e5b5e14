// SPDX-License-Identifier: Apache-2.0
// What the province sent back: seen at once, one key away, corrected, sealed. A sealed record
// is corrected by one key, with the reason.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { axe, is, login, ok, open, purpose, quiet, shot, story, visit } from './lib.mjs'

const ITEM = process.env.WEB_ITEM
const OTHER = process.env.WEB_OTHER
const WHY = process.env.WEB_WHY
const { context, page } = await open({ profile: mkdtempSync(join(tmpdir(), 'web-')) })
const api = path => page.evaluate(p => fetch(`/api/v1${p}`).then(async r => ({ status: r.status, ...await r.json() })), path)
const onPage = text => page.waitForFunction(t => document.querySelector('main').innerText.includes(t), text)

/** A finished record asks once what it is looked at for. */
async function toRecord(item) {
    await page.locator('.record form').or(page.locator('dialog input[name=purpose]')).first().waitFor()
    if (await page.locator('dialog input[name=purpose]').count()) await purpose(page)
    await page.locator('.record form').waitFor()
    ok(await page.evaluate(i => location.hash.includes(i), item), `the record ${item} is open`)
}

async function seen() {
    await login(page)
    await page.locator('footer.counts a').waitFor()
    ok((await page.locator('footer.counts').innerText()).match(/Tỉnh trả lại\s+1/), 'the line at the bottom says: sent back by the province', await page.locator('footer.counts').innerText())
    is((await api('/counts')).returned, 1, 'and so do the counts')
    await visit(page, 'verify')
    await page.locator('.lanes').first().waitFor()
    ok((await page.locator('.lanes').innerText()).match(/Đã trả lại\s+1/), 'the ways to verify have the number', await page.locator('.lanes').innerText())
    await page.keyboard.press('F6')
    await page.locator('table.list').waitFor()
    const text = await page.locator('main').innerText()
    ok(text.includes('Tỉnh trả lại') && text.includes(WHY), 'F6: what the province sent back, with the reason', text)
    ok(text.includes('cần sửa'), 'and what is to be done')
    await shot(page, 'returned')
    await axe(page, 'what was sent back')
    is(await page.evaluate(() => document.activeElement?.tagName), 'A', 'the first one has the focus')
}

async function corrected() {
    await page.keyboard.press('Enter')
    await toRecord(ITEM)
    ok((await page.locator('.banner').first().innerText()).includes(WHY), 'the reason stands above the record')
    await shot(page, 'returned-record')
    await axe(page, 'a record that was sent back')
    // Every doubtful field is said to be right as it stands, then the record is done.
    await page.locator('[name=CodeNumber]').fill('42')
    await page.keyboard.press('Enter')
    for (let i = 0; i < 40 && (await api(`/items/${ITEM}`)).state !== 'verified'; i++) {
        await page.keyboard.press('Control+Enter')
        await page.waitForTimeout(300)
    }
    const now = await api(`/items/${ITEM}?purpose=check`)
    is(`${now.state} ${now.rev} ${now.fields.CodeNumber.value}`, 'verified 2 42', 'it is corrected and verified')
    is(now.above?.why, WHY, 'and still tells why it came back')
    await visit(page, 'returned')
    await page.locator('table.list').waitFor()
    ok((await page.locator('main').innerText()).includes('đã sửa'), 'the list says that it is to be sealed')
    await shot(page, 'returned-corrected')
}

async function history() {
    await page.evaluate(i => { location.hash = `#/history/${i}` }, ITEM)
    await page.locator('table.list').or(page.locator('dialog input[name=purpose]')).first().waitFor()
    if (await page.locator('dialog input[name=purpose]').count()) await purpose(page)
    await onPage(WHY)
    ok((await page.locator('table.list').innerText()).includes('tỉnh trả lại'), 'the history tells that the province sent it back')
    await shot(page, 'returned-history')
}

async function sealed() {
    await visit(page, 'seal')
    await page.locator('.title button.main').click()
    await page.locator('dialog button.main').click()
    await page.waitForFunction(() => fetch('/api/v1/counts').then(r => r.json()).then(c => c.returned === 0), null, { polling: 500 })
    await page.locator('footer.counts a').waitFor({ state: 'detached' })
    ok(!(await page.locator('footer.counts').innerText()).includes('Tỉnh trả lại'), 'sealed: the line at the bottom is quiet')
    await visit(page, 'returned')
    ok((await page.locator('main').innerText()).includes('Không có hồ sơ nào bị trả lại'), 'and nothing is left in the list', await page.locator('main').innerText())
}

async function afterSealing() {
    await page.evaluate(i => { location.hash = `#/history/${i}` }, OTHER)
    await page.locator('table.list').or(page.locator('dialog input[name=purpose]')).first().waitFor()
    if (await page.locator('dialog input[name=purpose]').count()) await purpose(page)
    await page.locator('table.list').waitFor()
    await page.keyboard.press('F7')
    await toRecord(OTHER)
    await page.waitForFunction(() => document.activeElement?.id === 'why')
    ok(true, 'F7 in the history: the sealed record is open, at the reason')
    await page.keyboard.type('sai số ký hiệu')
    await shot(page, 'after-sealing')
    await axe(page, 'a correction after sealing')
    await page.locator('[name=CodeNumber]').fill('17')
    await page.keyboard.press('Enter')
    await page.waitForFunction(i => fetch(`/api/v1/items/${i}?purpose=check`).then(r => r.json()).then(r => r.rev === 2), OTHER, { polling: 300 })
    const now = await api(`/items/${OTHER}?purpose=check`)
    is(`${now.state} ${now.correction?.rev} ${now.correction?.why}`, 'described 2 sai số ký hiệu', 'a new revision, with the reason')
    await page.reload()
    await toRecord(OTHER)
    await onPage('sai số ký hiệu')
    ok((await page.locator('.banner').first().innerText()).includes('sai số ký hiệu'), 'which stands above the record')
    await shot(page, 'after-sealing-revision')
}

async function calm() {
    quiet('the browser has nothing to complain about')
    await context.close()
}
await story(seen, corrected, history, sealed, afterSealing, calm)
