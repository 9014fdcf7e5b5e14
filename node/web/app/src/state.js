// SPDX-License-Identifier: Apache-2.0
// What several screens share: place, counts, registers, jobs.
import { batch, computed, signal } from '@preact/signals'
import { ApiError, attempt, del, get, listen, online, post, put, session, tell } from './api.js'
import { draftDrop, drafts, recall, remember } from './keep.js'
import { t } from './i18n.js'
import { label } from './records.js'

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

export const loadCounts = () => attempt(async () => { counts.value = await get('/counts') })
export const loadDossiers = () => attempt(async () => {
    const list = (await get('/dossiers')).rows
    batch(() => {
        dossiers.value = list
        if (!list.some(d => d.dossier === dossierId.value))
            dossierId.value = list.find(d => d.closed_count == null)?.dossier ??
                list[0]?.dossier ?? null
    })
})
export const loadGaps = () => attempt(async () => {
    const id = dossierId.value
    if (!id) return
    const rows = (await get(`/dossiers/${id}/gaps`)).rows
    if (id === dossierId.value) gaps.value = rows
})
export const loadJobs = () => attempt(async () => { jobs.value = (await get('/jobs')).rows })

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
    loadCounts()
    if (job.state === 'done')
        say(t('{what}: done', { what: label.job(job.kind) }))
    if ((job.kind === 'scan' || job.kind === 'import') && counts.value?.pages?.queued !== 0)
        readPages()
}

export function takeJob(job) {
    const before = jobs.value.find(j => j.job === job.job)
    const merged = { ...before, ...job }
    jobs.value = [merged, ...jobs.value.filter(j => j.job !== job.job)].slice(0, 20)
    if (merged.state && merged.state !== 'running' && before?.state !== merged.state)
        jobEnded(merged)
}

/** Begins a job of the program. Shows the error. Returns the job or undefined. */
export const startJob = (kind, args = {}) => attempt(async () => {
    const job = await post('/jobs', { kind, args })
    takeJob({ kind, state: 'running', ...job })
    return job
})
export const stopJob = job => attempt(() => del(`/jobs/${job.job}`))

// Reading begins by itself; when it runs already the server says so, and all is well.
async function readPages() {
    if (running('ocr')) return
    try {
        takeJob({ kind: 'ocr', state: 'running', ...await post('/jobs', { kind: 'ocr', args: {} }) })
    } catch (e) {
        if (e.status !== 409 && e.status !== 503) tell(e)
    }
}

/** Fields that were left but not confirmed (power cut, silence) are saved now. What was still
 * being typed is shown again in its form, and saved when the clerk leaves it. */
export async function saveDrafts() {
    for (const [item, field, { value, seen, left }] of drafts()) {
        if (!left) continue
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
    loadCounts()
    loadDossiers().then(loadGaps)
    loadJobs()
    saveDrafts()
    stop = listen({
        counts: c => { counts.value = { ...counts.value, ...c } },
        job: takeJob,
        page: p => {
            pageNews.value++
            if (p.page && !newest.value.some(n => n.page === p.page))
                newest.value = [p, ...newest.value].slice(0, 60)
            refreshSoon()
        },
        sync: () => loadCounts(),
    })
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
let silent = false
online.subscribe(up => {
    if (up && silent && session.value?.user) {
        saveDrafts()
        loadCounts()
    }
    silent = !up
})
