// SPDX-License-Identifier: Apache-2.0
// Sticks in the browser: only those that are plugged in, written and read back, carried, read;
// a full one, one with a foreign file, one that was pulled out.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { axe, is, login, ok, open, quiet, shot, story, visit } from './lib.mjs'

const FILE = process.env.WEB_FILE
const { context, page } = await open({ profile: mkdtempSync(join(tmpdir(), 'web-')) })
const api = path => page.evaluate(p => fetch(`/api/v1${p}`).then(async r => ({ status: r.status, ...await r.json() })), path)
const send = (method, path, body) => page.evaluate(async ([m, p, b]) => {
    const csrf = (await fetch('/api/v1/session').then(r => r.json())).csrf
    const r = await fetch(`/api/v1${p}`, { method: m, headers: { 'Content-Type': 'application/json', 'X-Sohoa-Csrf': csrf }, body: JSON.stringify(b) })
    return { status: r.status, ...await r.json() }
}, [method, path, body])
const stick = name => page.locator(`section.medium[aria-label="${name}"]`)
const SAFE = 'có thể rút USB'
const ended = async text => {
    await page.waitForFunction(t => document.querySelector('main').innerText.includes(t), text, { timeout: 60000 })
    return page.locator('main').innerText()
}

async function listed() {
    await login(page)
    await visit(page, 'send')
    await page.locator('.title a', { hasText: 'Gửi bằng USB' }).click()
    await stick('XANH').waitFor()
    const rows = (await api('/media')).rows
    is(rows.map(r => r.name).sort().join(), 'DAY,LA,XANH', 'the sticks that are plugged in, and no folder that one left')
    ok((await stick('XANH').innerText()).includes('64'), 'with their room', await stick('XANH').innerText())
    ok(!(await page.locator('main').innerText()).includes(SAFE), 'nothing is said to be safe before')
    await shot(page, 'sticks')
    await axe(page, 'the sticks')
}

async function written() {
    await stick('XANH').locator('button', { hasText: 'Ghi' }).click()
    const text = await ended('Đã đọc lại đủ từng byte: có thể rút USB')
    ok(text.includes(FILE), 'written and read back, with the name of the file', text)
    const job = (await api('/jobs')).rows.find(j => j.kind === 'courier-write')
    ok(job.total > 0 && job.done === job.total, 'progress was told to the end', job)
    const rows = (await api(`/jobs/${job.job}`)).rows
    is(rows.filter(r => r.type === 'file').length, 1, 'the command had said that it was read back')
    ok((await stick('XANH').innerText()).includes('ghi tại đây'), 'the stick shows it')
    await shot(page, 'stick-written')
    await axe(page, 'a stick that was written')
}

async function full() {
    await stick('DAY').locator('button', { hasText: 'Ghi' }).click()
    const text = await ended('SH-COURIER-FULL')
    ok(text.includes('USB đã đầy') || text.includes('đầy'), 'a full stick is called full', text)
    await shot(page, 'stick-full')
}

async function foreign() {
    await stick('LA').locator('button', { hasText: 'Ghi' }).click()
    const text = await ended('SH-COURIER-FOREIGN')
    ok(!text.includes(SAFE), "where somebody else's file has that name nothing is promised", text)
    await shot(page, 'stick-foreign')
    await axe(page, 'a stick of somebody else')
    await stick('LA').locator('button', { hasText: 'Đọc' }).click()
    await ended('SH-COURIER-FORM')
    ok(true, 'and reading it says that nothing for us is on it')
}

async function carried() {
    writeFileSync(process.env.WEB_CARRY, '')
    for (let i = 0; i < 200 && !existsSync(process.env.WEB_CARRIED); i++) await page.waitForTimeout(300)
    await stick('XANH').locator('li', { hasText: 'câu trả lời cho cơ quan này' }).waitFor({ timeout: 30000 })
    ok(true, 'the answer of the province appears by itself')
    await stick('XANH').locator('button', { hasText: 'Đọc' }).click()
    const text = await ended('Đã đọc xong USB')
    ok(/[1-9]\d* biên nhận/.test(text), 'its receipts are taken in', text)
    await shot(page, 'stick-read')
    is((await api('/counts')).received, 2, 'the province has it')
}

async function gone() {
    const id = (await api('/media')).rows.find(r => r.name === 'DAY').medium
    execFileSync('umount', ['/media/DAY'])
    is((await send('POST', '/jobs', { kind: 'courier-write', args: { medium: id } })).error?.code, 'SH-MEDIUM-ABSENT', 'a stick that was pulled out is said to be gone')
    is((await send('POST', '/jobs', { kind: 'courier-write', args: { medium: '../../etc' } })).error?.code, 'SH-MEDIUM-ABSENT', 'no path comes from outside')
    await stick('DAY').waitFor({ state: 'detached', timeout: 20000 })
    ok(true, 'and goes from the list by itself')
}

async function stopped() {
    const id = (await api('/media')).rows.find(r => r.name === 'XANH').medium
    const job = await send('POST', '/jobs', { kind: 'courier-write', args: { medium: id } })
    await send('DELETE', `/jobs/${job.job}`)
    await page.waitForFunction(j => fetch(`/api/v1/jobs/${j}`).then(r => r.json()).then(r => r.state !== 'running'), job.job, { polling: 300 })
    const end = await api(`/jobs/${job.job}`)
    ok(['stopped', 'done'].includes(end.state), 'a writing is stopped', end)
}

async function clerk() {
    await page.context().clearCookies()
    await page.reload()
    await login(page, 'hoa')
    await visit(page, 'courier')
    is((await api('/media')).status, 403, 'a clerk sees no sticks')
    is((await send('POST', '/jobs', { kind: 'courier-write', args: { medium: '0123456789abcdef' } })).error?.code, 'SH-USER-RIGHT', 'and writes none')
}

async function calm() {
    quiet('the browser has nothing to complain about')
    await context.close()
}
await story(listed, written, full, foreign, carried, gone, stopped, clerk, calm)
