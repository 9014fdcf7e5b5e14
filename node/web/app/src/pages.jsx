// SPDX-License-Identifier: Apache-2
// Single pages: let be, scanned again, turned about, inserted. The former picture is kept.
import { signal } from '@preact/signals'
import { attempt, post } from './api.js'
import { t } from './i18n.js'
import { Icon } from './icons.jsx'
import { say, startJob } from './state.js'

/** Where the next scan or files go: null (new records) or {how, page, seq, name}. */
export const aim = signal(null)

export const aimAt = (how, p, name) => {
    aim.value = { how, page: p.page, seq: p.seq, name }
    say(aimText(aim.value))
}
export const aimOff = () => { aim.value = null }

export const aimText = a => (a.how === 'replace'
    ? t('The next picture takes the place of page {n} of {name}.', { n: a.seq, name: a.name })
    : t('The next pictures become pages after page {n} of {name}.', { n: a.seq, name: a.name }))

/** What a job is told of it. */
export const aimArgs = () => {
    const a = aim.value
    return a ? { [a.how]: a.page, why: a.why?.trim() || t('scanned again') } : null
}

/** The job that carries it out; the aim is over when it is begun. */
export async function aimJob(kind, args) {
    const job = await startJob(kind, args)
    if (job) aimOff()
    return job
}

export const keepPage = (page, kept) => attempt(async () => {
    await post(`/pages/${page}/keep`, { kept })
    say(kept ? t('The picture stays as it is') : t('The picture is marked again'))
    return true
})

export const swapPage = page => attempt(async () => {
    await post(`/pages/${page}/swap`, {})
    say(t('The two sides changed places'))
    return true
})

/** Told wherever pictures can come from, as long as they go into a record. */
export function AimBanner() {
    const a = aim.value
    if (!a) return null
    return (
        <div class="banner aim" role="status">
            <Icon name="warn" />
            <p class="grow"><b>{aimText(a)}</b> {t('The former picture is kept.')}</p>
            <label for="aim-why">{t('Why?')}</label>
            <input id="aim-why" type="text" class="short" maxLength={60} placeholder={t('scanned again')}
                onInput={e => { a.why = e.target.value }} />
            <button type="button" onClick={aimOff}>{t('Do not')} <kbd>Esc</kbd></button>
        </div>
    )
}

/** Under the picture of a page: what can be done with it. @onDone: it changed. */
export function PageTools({ page, name, onDone }) {
    const to = how => {
        aimAt(how, page, name)
        location.hash = '#/scan'
    }
    return (
        <span class="tools" role="group" aria-label={t('This page')}>
            <button type="button" class="small" onClick={() => to('replace')}>{t('Scan again')}</button>
            <button type="button" class="small" onClick={() => to('after')}>{t('Insert after it')}</button>
            <button type="button" class="small" onClick={async () => await swapPage(page.page) && onDone()}>{t('Swap sides')}</button>
        </span>
    )
}
