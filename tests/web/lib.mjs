// SPDX-License-Identifier: Apache-2.0
// What browser tests share: TAP, Debian's Chromium, logging in, axe, pictures of screens.
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const need = createRequire(join(process.env.WEB_PACKAGES, 'node_modules', 'x.js'))
const { chromium } = need('playwright-core')
const AXE = readFileSync(need.resolve('axe-core/axe.min.js'), 'utf8')

export const SITE = process.env.WEB_SITE // http://127.0.0.1:PORT
export const SHOTS = process.env.WEB_SHOTS
export const USER = process.env.WEB_USER ?? 'lan'
export const PASSWORD = process.env.WEB_PASSWORD ?? 'mot cau de nho'

/** Every screen: name and place, of the record WEB_ITEM and the register WEB_DOSSIER. */
export const SCREENS = [
    ['scan', 'scan'], ['verify', `verify/${process.env.WEB_ITEM}`], ['seal', 'seal'], ['send', 'send'], ['registers', 'books'],
    ['readings', 'readings'], ['new-register', 'books/new'], ['register', `books/${process.env.WEB_DOSSIER}`], ['search', `search?q=${process.env.WEB_WORD ?? 'nguyen'}`], ['users', 'users'],
    ['key', `key/${process.env.WEB_ITEM}`], ['second-keying', 'keying'], ['two-answers', 'keying/differs'], ['returned', 'returned'], ['sticks', 'courier'],
    ['settings', 'settings'], ['history', `history/${process.env.WEB_ITEM}`], ['help', 'help'],
]

// ---- TAP -----------------------------------------------------------------------------

let count = 0
let failed = 0
export const note = text => console.log(String(text).replace(/^/gm, '# '))
export function ok(good, what, more) {
    count++
    if (!good) failed++
    console.log(`${good ? 'ok' : 'not ok'} ${count} - ${what.replace(/#/g, '')}`)
    if (!good && more !== undefined) note(typeof more === 'string' ? more : JSON.stringify(more, null, 1))
    return good
}
export const is = (got, want, what) => ok(got === want, what, `got: ${got}\nwant: ${want}`)
export const atMost = (got, most, what) => ok(got <= most, `${what}: ${got} (at most ${most})`)
export const atLeast = (got, least, what) => ok(got >= least, `${what}: ${got} (at least ${least})`)

/** Runs the parts of a test; an error in one is a failed line, the others still run. */
export async function story(...parts) {
    for (const part of parts) {
        try {
            await part()
        } catch (e) {
            ok(false, `${part.name}: ${e.message.split('\n')[0]}`, e.stack)
        }
    }
    console.log(`1..${count}`)
    process.exit(failed ? 1 : 0)
}

// ---- the browser -----------------------------------------------------------------------

const MESSAGES = [] // what the browser's console said: nothing may stand there
const EXPECTED = /status of (401|403|404|409|422|423|428|429|503)|net::ERR_/

/** A browser with a profile of its own; @port: for Lighthouse. */
export async function open({ profile, port, lang = 'vi-VN', size = [1366, 768], more = {} } = {}) {
    mkdirSync(SHOTS, { recursive: true })
    const context = await chromium.launchPersistentContext(profile ?? '', {
        executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true,
        viewport: { width: size[0], height: size[1] }, locale: lang, timezoneId: 'Asia/Ho_Chi_Minh', ...more,
        args: ['--no-sandbox', '--disable-dev-shm-usage', ...(port ? [`--remote-debugging-port=${port}`] : [])],
    })
    context.setDefaultTimeout(20000)
    const page = context.pages()[0] ?? await context.newPage()
    page.on('console', m => { if (['error', 'warning'].includes(m.type()) && !EXPECTED.test(m.text())) MESSAGES.push(m.text()) })
    page.on('pageerror', e => MESSAGES.push(e.message))
    return { context, page }
}
export const quiet = what => is(MESSAGES.splice(0).join('\n'), '', what)

export async function login(page, user = USER, password = PASSWORD) {
    await page.goto(`${SITE}/`)
    await page.locator('input[name=user]').fill(user)
    await page.locator('input[name=password]').fill(password)
    await page.keyboard.press('Enter')
    await page.locator('nav.places').waitFor()
}

export async function visit(page, hash) {
    await page.evaluate(h => { location.hash = h }, `#/${hash}`)
    await page.locator('main h1').first().waitFor()
    await page.locator('.loading').waitFor({ state: 'detached' })
    await page.waitForLoadState('networkidle', { timeout: 3000 }).catch(() => {}) // live events stay open
}

/** Says what it is looked at for when the page asks; the first answer will do. */
export async function purpose(page) {
    const asked = page.locator('dialog input[name=purpose]').first()
    await asked.or(page.locator('.figures')).first().waitFor()
    if (!await asked.count()) return false
    await page.locator('dialog button.main').click()
    await page.locator('dialog[open]').waitFor({ state: 'detached' })
    return true
}

let shots = 0
export async function shot(page, name) {
    shots++
    await page.screenshot({ path: join(SHOTS, `${String(shots).padStart(2, '0')}-${name}.png`) })
}

/** axe under our CSP: evaluated, not added as a script. */
export async function axe(page, what) {
    await page.evaluate(AXE)
    const found = await page.evaluate(() => window.axe.run(document,
        { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }))
    const bad = found.violations.filter(v => ['serious', 'critical'].includes(v.impact))
    ok(bad.length === 0, `axe: nothing serious or critical on ${what}`,
        bad.map(v => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map(n => `${n.target} ${n.failureSummary}`).join(' | ')}`).join('\n'))
    for (const v of found.violations.filter(x => !bad.includes(x)))
        note(`axe, ${v.impact}, on ${what}: ${v.id} ${v.nodes.map(n => n.target).join(' ').slice(0, 200)}`)
}

export async function lighthouse(port, url) {
    const { default: run } = await import(need.resolve('lighthouse'))
    const { lhr } = await run(url, { port, output: 'json', logLevel: 'error', onlyCategories: ['performance', 'accessibility'],
        disableStorageReset: true, throttlingMethod: 'simulate', formFactor: 'desktop',
        screenEmulation: { mobile: false, width: 1366, height: 768, deviceScaleFactor: 1, disabled: false },
        throttling: { rttMs: 40, throughputKbps: 10240, cpuSlowdownMultiplier: 4, requestLatencyMs: 0, downloadThroughputKbps: 0, uploadThroughputKbps: 0 } })
    const score = c => Math.round(100 * (lhr.categories[c]?.score ?? 0))
    const misses = Object.values(lhr.audits).filter(a => lhr.categories.accessibility.auditRefs.some(r => r.id === a.id && r.weight > 0) && a.score !== null && a.score < 1)
    // What the score of performance is made of, with the weights of Lighthouse 12.
    const part = Object.fromEntries(['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time', 'cumulative-layout-shift', 'speed-index']
        .map(id => [id, Math.round(1000 * (lhr.audits[id]?.numericValue ?? 0)) / 1000]))
    return { performance: score('performance'), accessibility: score('accessibility'), misses: misses.map(a => a.id), part, speed: lhr.environment.benchmarkIndex }
}
