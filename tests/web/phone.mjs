// SPDX-License-Identifier: Apache-2.0
// A phone as a camera: the code on the clerk's screen, the page that a phone opens by it over
// TLS, pictures that are received only when they lie in the register, a line that breaks, the end
// of the connection. Without WEB_LAN: what the screen says when phones cannot come in.
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { axe, is, login, ok, open, quiet, shot, story, visit } from './lib.mjs'

const LAN = process.env.WEB_LAN
const PICTURES = LAN ? readdirSync(process.env.WEB_FILES).sort().map(f => join(process.env.WEB_FILES, f)).slice(1) : []
const profile = () => mkdtempSync(join(tmpdir(), 'web-'))
const desk = await open({ profile: profile() })
const phone = LAN && await open({ profile: profile(), size: [390, 844],
    more: { ignoreHTTPSErrors: true, isMobile: true, hasTouch: true, deviceScaleFactor: 2 } })
const api = path => desk.page.evaluate(p => fetch(`/api/v1${p}`).then(r => r.json()), path)
const states = page => page.locator('.shots li').evaluateAll(l => l.map(e => e.dataset.state).join(' '))

async function until(page, what, good, seconds = 60) {
    for (let i = 0; i < seconds * 5; i++) {
        if (await good()) return ok(true, what)
        await page.waitForTimeout(200)
    }
    await shot(page, 'timeout')
    return ok(false, what, await page.locator('main').innerText())
}

async function askCode() {
    await desk.page.locator('.phones > button').click()
    await desk.page.locator('dialog[open]').waitFor()
}

async function off() {
    await login(desk.page)
    await visit(desk.page, 'scan')
    await askCode()
    await desk.page.locator('dialog code').waitFor()
    ok((await desk.page.locator('dialog').innerText()).includes('sohoa serve --lan all'), 'how phones are let in')
    is(await desk.page.locator('.pair').count(), 0, 'and no code')
    await shot(desk.page, 'off')
    await axe(desk.page, 'phones that cannot come in')
}

let url = ''
async function paired() {
    await login(desk.page)
    await visit(desk.page, 'scan')
    await askCode()
    const code = desk.page.locator('.pair [data-url]')
    await code.waitFor()
    url = await code.getAttribute('data-url')
    ok(url.startsWith(`${LAN}/phone#`), 'the code leads to the page of phones', url)
    is((await desk.page.locator('.finger').innerText()).replace(/\s/g, ''), process.env.WEB_FINGERPRINT, 'the fingerprint stands beside it')
    await shot(desk.page, 'code')
    await axe(desk.page, 'the code')
    await phone.page.goto(url)
    await phone.page.locator('button.huge').waitFor()
    is(await phone.page.locator('h1').innerText(), 'Khai sinh 2003, quyển 1', 'the phone shows the register')
    is(new URL(phone.page.url()).hash, '', 'the token does not stay in the address')
    is(await phone.page.locator('#camera').getAttribute('capture'), 'environment', 'its camera')
    await desk.page.locator('dialog .sign.green').waitFor()
    ok(true, 'the screen says that it is connected')
    await shot(desk.page, 'connected')
    await desk.page.locator('dialog button.main').click()
    await shot(phone.page, 'phone')
    await axe(phone.page, 'the page of the phone')
}

async function received() {
    let tell = null
    const held = new Promise(done => { tell = done })
    await phone.page.route('**/api/v1/phone', async route => { await held; await route.continue() })
    await phone.page.locator('#camera').setInputFiles(PICTURES.slice(0, 2))
    await until(phone.page, 'two pictures are on the computer', async () => (await states(phone.page)) === 'here here')
    await phone.page.waitForTimeout(2500)
    ok(!/đã nhận\b/.test(await phone.page.locator('.shots').innerText()), 'nothing is called received before the server says so')
    is(await phone.page.locator('.shots img').count(), 2, 'they are shown small')
    tell()
    await until(phone.page, 'received', async () => (await states(phone.page)) === 'saved saved')
    await phone.page.unroute('**/api/v1/phone')
    ok(/2 ảnh đã nhận/.test(await phone.page.locator('.sum').innerText()), 'so many of so many', await phone.page.locator('.sum').innerText())
    is((await api('/counts')).saved, 3, 'they are in the register')
    await until(desk.page, 'the screen counts them', async () => /2 ảnh đã nhận/.test(await desk.page.locator('.phones').innerText()))
    await desk.page.locator('.thumbs li').nth(2).waitFor()
    ok(true, 'and shows them')
    await shot(phone.page, 'received')
    await shot(desk.page, 'scan')
    await axe(desk.page, 'the Scan screen with a phone')
}

async function broken() {
    let cut = 0
    await phone.page.route('**/api/v1/uploads*', route => (cut++ < 2 ? route.abort() : route.continue()))
    await phone.page.locator('#chosen').setInputFiles([PICTURES[2]])
    await until(phone.page, 'a line that breaks is told', async () => (await states(phone.page)).startsWith('again'))
    await until(phone.page, 'and the picture goes again', async () => (await states(phone.page)) === 'saved saved saved')
    await phone.page.unroute('**/api/v1/uploads*')
    is((await api('/counts')).saved, 4, 'once')
}

async function once() {
    const other = await open({ profile: profile(), size: [390, 844], more: { ignoreHTTPSErrors: true, isMobile: true, hasTouch: true } })
    await other.page.goto(url)
    await other.page.locator('[role=alert]').waitFor()
    is(await other.page.locator('button.huge').count(), 0, 'the code is for one phone')
    await shot(other.page, 'used')
    await axe(other.page, 'a code that was used')
    await other.context.close()
}

async function ended() {
    await desk.page.locator('.phones li button').click()
    await until(desk.page, 'ended on the screen', async () => (await desk.page.locator('.phones li').count()) === 0)
    await phone.page.locator('#chosen').setInputFiles([PICTURES[3]]).catch(() => {})
    await phone.page.locator('[role=alert]').waitFor({ timeout: 15000 })
    ok(true, 'the phone says so')
    is(await phone.page.locator('button.huge').count(), 0, 'and takes no more')
    const statuses = await phone.page.evaluate(() => Promise.all(['/counts', '/dossiers', '/phones', '/phone'].map(p =>
        fetch(`/api/v1${p}`).then(r => r.status))))
    is(statuses.filter(s => ![401, 403].includes(s)).length, 0, `nothing is open to it (${statuses.join(' ')})`)
    ok(!(await states(phone.page)).split(' ')[0].startsWith('saved'), 'what was not sent is not called received')
    await shot(phone.page, 'ended')
    is((await api('/counts')).saved, 4, 'nor is it in the register')
}

async function again() {
    await askCode()
    const code = desk.page.locator('.pair [data-url]')
    await code.waitFor()
    const tab = await phone.context.newPage()
    await tab.goto(await code.getAttribute('data-url'))
    await tab.locator('button.huge').waitFor()
    await until(phone.page, 'paired again, what waited goes by itself', async () => (await states(phone.page)) === 'saved saved saved saved', 60)
    is((await api('/counts')).saved, 5, 'into the register')
    await tab.getByText('Ngắt kết nối').click()
    await tab.locator('[role=alert]').waitFor({ timeout: 15000 })
    ok(true, 'the phone can end it too')
}

async function calm() {
    quiet('the browsers have nothing to complain about')
    await desk.context.close()
    await phone?.context.close()
}
if (LAN) await story(paired, received, broken, once, ended, again, calm)
else await story(off, calm)
