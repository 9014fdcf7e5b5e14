// SPDX-License-Identifier: Apache-2.0
// Files on their way in: sent one after another, again after a broken connection, then taken in
// by jobs. What is said of a file is what the server has said of it, never more.
import { signal } from '@preact/signals'
import { get, online, sendFile, session } from './api.js'
import { say, jobs, startWhenFree } from './state.js'
import { t, tn } from './i18n.js'

const LOT = 100 // files of one job: the first are safe while the last are still coming
const LOT_MAX = 500 // the server's limit for one job
const TRIES = 8 // of one file, while the server answers
const LARGEST = 2 ** 30

// {key, name, bytes, sent, state, code, upload, more}; state: wait, going, again (the connection
// broke, comes again), here (the server has it), saved, same (was here before), refused,
// failed (why: the error).
export const files = signal([])
export const ENDED = ['saved', 'same', 'refused']
let blobs = new Map() // key -> File
let keys = 0
let lots = Promise.resolve() // one after the other

// One component, at most 200 bytes of UTF-8; its end says what it is.
const nameOf = file => file.name.replace(/[\\/\p{Cc}]/gu, '_').slice(-60) || '_'

const pause = ms => new Promise(done => setTimeout(done, ms))
const set = (key, news) => {
    files.value = files.value.map(f => (f.key === key ? { ...f, ...news } : f))
}
const row = key => files.value.find(f => f.key === key)

/** Until the program answers again and somebody is at work. */
async function somebody(key) {
    while (!online.value || !session.value?.user || session.value.locked) await pause(500)
    // Who has logged in since sends nothing of somebody else's.
    if (session.value.user.name !== row(key)?.user) throw Object.assign(new Error(), { status: 403, code: 'SH-USER-RIGHT' })
}

const passing = e => [0, 408, 423, 429, 503].includes(e.status) || e.status === 401

async function send(key) {
    const file = blobs.get(key)
    if (file.size > LARGEST) return set(key, { state: 'failed', why: { code: 'SH-WEB-SIZE' } })
    try {
        await file.slice(0, 1).arrayBuffer()
    } catch {
        return set(key, { state: 'failed', why: { code: 'SH-OPEN' } }) // a folder, or it is gone
    }
    for (let tries = 1; ; tries++) {
        try {
            await somebody(key)
            set(key, { state: tries > 1 ? 'again' : 'going', sent: 0 })
            const up = await sendFile(file, row(key).name, sent => set(key, { state: 'going', sent }))
            return set(key, { state: 'here', upload: up.upload, sent: file.size })
        } catch (e) {
            if (!passing(e) || tries >= TRIES) return set(key, { state: 'failed', why: e })
            set(key, { state: 'again' })
            await pause(Math.min(15000, 500 * 2 ** tries))
        }
    }
}

/** A line of the import about one of our files: an event, or a row of the job. */
export function takeLine(line) {
    const state = { stored: 'saved', duplicate: 'same', refused: 'refused', waiting: 'refused' }[line.status]
    const f = state && line.upload && files.value.find(u => u.upload === line.upload)
    if (!f) return
    // A file that is still growing elsewhere would be waited for; this one has ended.
    if (line.status === 'waiting') set(f.key, { state, why: { code: 'SH-UPLOAD-CUT' } })
    else set(f.key, { state, code: line.code, vi: line.vi, en: line.en })
}

/** What came in one file (an archive) has lines under its name. */
function takeMembers(keysOfLot, rows) {
    for (const key of keysOfLot) {
        const f = row(key)
        const own = rows.filter(r => r.path?.startsWith(`${f?.name}/`))
        if (f?.state !== 'here' || !own.length) continue
        const bad = own.filter(r => r.status === 'refused')
        set(key, bad.length ? { state: 'refused', code: bad[0].code, vi: bad[0].vi, en: bad[0].en, of: [bad.length, own.length] }
            : { state: own.some(r => r.status === 'stored') ? 'saved' : 'same' })
    }
}

async function ended(job) {
    for (;;) {
        await pause(300)
        const now = jobs.value.find(j => j.job === job)
        if (now && now.state !== 'running') return
        if (!now) return // another program answers now: its jobs are others
    }
}

async function takeIn(lot, args) {
    const here = lot.filter(key => row(key)?.state === 'here')
    if (!here.length) return
    try { await somebody(here[0]) } catch (e) { return here.forEach(key => set(key, { state: 'failed', why: e })) }
    const job = await startWhenFree('import', { uploads: here.map(key => row(key).upload), ...args })
    if (!job) return here.forEach(key => set(key, { state: 'failed', why: { code: 'SH-WEB-BUSY' } }))
    await ended(job.job)
    let rows = []
    try {
        rows = (await get(`/jobs/${job.job}`)).rows
    } catch { /* the program began anew: nobody knows what came of it */ }
    rows.forEach(takeLine)
    takeMembers(here, rows)
    for (const key of here)
        if (row(key)?.state === 'here') set(key, { state: 'failed', why: { code: 'SH-WORKER-GONE' } })
}

async function run(lot, args) {
    for (const key of lot) await send(key)
    await takeIn(lot, args)
}

function tellEnd() {
    const n = state => files.value.filter(f => state.includes(f.state)).length
    say([tn('{n} file is saved', '{n} files are saved', n(['saved'])),
        n(['refused', 'failed']) > 0 && tn('{n} not taken', '{n} not taken', n(['refused', 'failed']))]
        .filter(Boolean).join(', '))
}

function begin(list, args) {
    const size = args.expect || args.replace || args.after ? LOT_MAX : LOT
    for (let i = 0; i < list.length; i += size) {
        const lot = list.slice(i, i + size)
        lots = lots.then(() => run(lot, args)).catch(() => {})
    }
    lots = lots.then(() => { if (!busy()) tellEnd() })
}

export const busy = () => files.value.some(f => !ENDED.includes(f.state) && f.state !== 'failed')

/** Files that were dropped or chosen. @args: register and kind of the job. */
export function uploadAll(chosen, args) {
    const list = [...chosen]
    if (!list.length) return
    if (!busy()) {
        files.value = []
        blobs = new Map()
    }
    const rows = list.map(file => ({ key: ++keys, name: nameOf(file), bytes: file.size, sent: 0, user: session.value?.user?.name,
        state: file.size ? 'wait' : 'failed', why: file.size ? undefined : { code: 'SH-INPUT-EMPTY' }, args }))
    rows.forEach((r, i) => blobs.set(r.key, list[i]))
    files.value = [...files.value, ...rows]
    begin(rows.filter(r => r.state === 'wait').map(r => r.key), args)
}

/** What failed once more, from its beginning: what was stored after all is "was here already". */
export function tryAgain() {
    const list = files.value.filter(f => f.state === 'failed' && f.bytes > 0)
    list.forEach(f => set(f.key, { state: 'wait', sent: 0, why: undefined, upload: undefined }))
    // Each goes where it was meant to; a count was said of all of them together.
    for (const args of new Set(list.map(f => f.args)))
        begin(list.filter(f => f.args === args).map(f => f.key), { ...args, expect: undefined })
}

export const forget = () => { if (!busy()) files.value = [] }

// The browser asks before it throws away what is not safe yet.
addEventListener('beforeunload', e => { if (busy()) e.preventDefault() })
