// SPDX-License-Identifier: Apache-2.0
// What several screens share: place, counts, registers, jobs.
import { batch, computed, signal } from '@preact/signals'
import { ApiError, attempt, del, get, listen, online, post, put, session, tell } from './api.js'
import { saveOpen } from './form.js'
import { draftDrop, drafts, draftsOf, recall, remember } from './keep.js'
import { t } from './i18n.js'
import { label } from './records.js'
import { takeLine } from './uploads.js'

export const PLACES = ['scan', 'verify', 'seal', 'send']

// The place: #/NAME/REST?QUERY. The last one is opened again.
const parse = () => {
    const [path, search = ''] = location.hash.replace(/^#\/?/, '').split('?')
    const [name, ...rest] = path.split('/').map(decodeURIComponent)
    return { name, rest, query: Object.fromEntries(new URLSearchParams(search)) }
}
export const place = signal(parse())
addEventListener('hashchange', () => {
    place.value = parse()
    if (location.hash.startsWith('#/')) remember('place', location.hash)
})
export function go(path, replace) {
    const hash = `#/${path}`
    if (location.hash === hash) return
    if (replace) {
        history.replaceState(null, '', hash)
        place.value = parse()
        remember('place', hash)
    } else {
        location.hash = hash
    }
}
export function openLast() {
    if (location.hash.startsWith('#/')) return
    go(recall('place')?.slice(2) || 'scan', true)
}

// Said aloud, politely, by the live region.
export const said = signal('')
export function say(text) {
    said.value = text
}

export const counts = signal(null)
export const dossiers = signal(null)
export const dossierId = signal(recall('dossier'))
export const dossier = computed(() =>
    dossiers.value?.find(d => d.dossier === dossierId.value) ?? null)
export const gaps = signal([])
export const jobs = signal([])
export const pageNews = signal(0) // grows with every event of a page
export const newest = signal([]) // pages as they arrive: {page, item}

export function chooseDossier(id) {
    dossierId.value = id
    remember('dossier', id)
    gaps.value = []
    loadGaps()
}

// What is fetched behind the clerk's back says nothing when it fails: the line at the bottom
// tells a silence, and the next turn asks again.
const quietly = step => step().catch(() => {})
const loadCounts = () => quietly(async () => takeCounts(await get('/counts')))
// What changes them, the events tell by themselves.
let ear = null
export const countsChanged = () => { if (!ear?.open()) loadCounts() }
export const loadDossiers = () => quietly(async () => {
    const list = (await get('/dossiers')).rows
    batch(() => {
        dossiers.value = list
        if (!list.some(d => d.dossier === dossierId.value))
            dossierId.value = list.find(d => d.closed_count == null)?.dossier ??
                list[0]?.dossier ?? null
    })
})
export const loadGaps = () => quietly(async () => {
    const id = dossierId.value
    if (!id) return
    const rows = (await get(`/dossiers/${id}/gaps`)).rows
    if (id === dossierId.value) gaps.value = rows
})
export const loadJobs = () => quietly(async () => {
    for (const job of (await get('/jobs')).rows.reverse()) takeJob(job)
})

export const phones = signal(null) // GET /phones; null: not asked yet
export const loadPhones = () => quietly(async () => { phones.value = await get('/phones') })
let phonesSoon = 0
function phonesChanged() {
    if (!phones.value || phonesSoon) return
    phonesSoon = setTimeout(() => { phonesSoon = 0; loadPhones() }, 300)
}

export const running = kind => jobs.value.find(j => j.kind === kind && j.state === 'running')

// Only what changed is asked for again, and not more often than once a second.
let again = 0
function refreshSoon() {
    if (again) return
    again = setTimeout(() => {
        again = 0
        loadDossiers()
        loadGaps()
    }, 1000)
}

const ended = new Set()
function jobEnded(job) {
    if (ended.has(job.job)) return
    ended.add(job.job)
    refreshSoon()
    countsChanged()
    if (job.state === 'done')
        say(t('{what}: done', { what: label.job(job.kind) }))
    // What became of each file stands in its rows, which no event carries.
    const brings = ['scan', 'scan-finish', 'import'].includes(job.kind)
    if (brings) quietly(async () => takeJob(await get(`/jobs/${job.job}`)))
    if (brings || (job.kind === 'ocr' && readAgain))
        readPages()
}

export function takeJob(job) {
    const before = jobs.value.find(j => j.job === job.job)
    const merged = { ...before, ...job }
    jobs.value = [merged, ...jobs.value.filter(j => j.job !== job.job)].slice(0, 20)
    if (before?.state === 'running' && merged.state !== 'running')
        jobEnded(merged)
}

/** Begins a job of the program. Shows the error. Returns the job or undefined. */
export const startJob = (kind, args = {}) => attempt(async () => {
    const job = await post('/jobs', { kind, args })
    takeJob({ kind, state: 'running', ...job })
    return job
})
/** The same, once the one of its kind that runs has ended. */
export const startWhenFree = (kind, args) => attempt(async () => {
    for (let tries = 0; ; tries++) {
        try {
            const job = await post('/jobs', { kind, args })
            takeJob({ kind, state: 'running', ...job })
            return job
        } catch (e) {
            if (e.code !== 'SH-WEB-JOB' && ![0, 423, 503].includes(e.status) || tries > 1800) throw e
            await new Promise(done => setTimeout(done, 1000))
        }
    }
})
export const stopJob = job => attempt(() => del(`/jobs/${job.job}`))

// Reading begins by itself. A run that is on may have listed its pages already: what came
// meanwhile is read by the next.
let readAgain = false
async function readPages() {
    if (!['admin', 'clerk', 'verifier'].includes(session.value?.user?.role)) return
    readAgain = !!running('ocr')
    if (readAgain) return
    try {
        takeJob({ kind: 'ocr', state: 'running', ...await post('/jobs', { kind: 'ocr', args: {} }) })
    } catch (e) {
        if (![404, 409, 503].includes(e.status)) tell(e)
    }
}

// Pages that another way brought (a watched folder, a command) are read as well.
function takeCounts(news) {
    const before = counts.value?.pages?.queued
    counts.value = { ...counts.value, ...news }
    if (before == null || !(counts.value.pages?.queued > before)) return
    refreshSoon()
    if (!running('scan') && !running('import')) readPages()
}

/** Fields that were left but not confirmed (power cut, silence) are saved now. What was still
 * being typed is shown again in its form, and saved when the clerk leaves it. */
export async function saveDrafts() {
    for (const [item, field, { value, seen, left }] of drafts()) {
        if (!left) continue
        if (await saveOpen(item, field)) continue
        try {
            await put(`/items/${item}/fields/${field}`, { value, seen })
            draftDrop(item, field)
        } catch (e) {
            // The form of the record shows it again and asks.
            if (!(e instanceof ApiError) || e.status === 0 || e.status === 401) return
        }
    }
}

let stop = null
export function begin() {
    if (stop) return
    draftsOf(session.value.user.name)
    loadDossiers().then(loadGaps)
    // What was scanned before the computer stopped is read now.
    Promise.all([loadCounts(), loadJobs()]).then(() => { if (counts.value?.pages?.queued > 0) readPages() })
    saveDrafts()
    ear = listen({
        counts: takeCounts,
        job: takeJob,
        phones: phonesChanged,
        page: p => {
            pageNews.value++
            takeLine(p)
            if (p.page && !newest.value.some(n => n.page === p.page))
                newest.value = [p, ...newest.value].slice(0, 60)
            refreshSoon()
        },
    }, () => loadJobs())
    // Where no events come through, the counts are asked for; oftener while something goes on.
    let turn = 0
    const clock = setInterval(() => {
        turn++
        if (ear.open() || document.hidden) return
        if (turn % 5 && !jobs.value.some(j => j.state === 'running')) return
        loadCounts()
        loadJobs()
        if (phones.value?.rows.length) loadPhones()
    }, 1000)
    stop = () => {
        clearInterval(clock)
        ear.end()
        ear = null
    }
}
export function end() {
    stop?.()
    stop = null
    batch(() => {
        counts.value = null
        dossiers.value = null
        jobs.value = []
        newest.value = []
        gaps.value = []
    })
}

// A silent server is asked again until it answers; then what waits for it is saved.
let asking = 0
online.subscribe(up => {
    if (up || asking) return
    asking = setInterval(async () => {
        try {
            session.value = await get('/session')
        } catch {
            return
        }
        clearInterval(asking)
        asking = 0
        if (!session.value.user) return
        saveDrafts()
        loadCounts()
    }, 2000)
})
