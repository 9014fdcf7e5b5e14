// SPDX-License-Identifier: Apache-2.0
// Search: words with or without marks, what narrows them down, the place on the page.
import { useEffect, useRef, useState } from 'preact/hooks'
import { get, mayExport, query, savePdf } from './api.js'
import { number, t, tn } from './i18n.js'
import { Icon } from './icons.jsx'
import { useKeys } from './keys.js'
import { Empty, Sign, Title, useData } from './parts.jsx'
import { fieldDef, label } from './records.js'
import { mayChange } from './shell.jsx'
import { go, place, say } from './state.js'
import { correct } from './verify.jsx'
import { Viewer } from './viewer.jsx'
import { shown } from './form.js'

const FACETS = ['kind', 'year', 'state', 'unit']
const facetName = name => ({ kind: t('Kind'), year: t('Year'), state: t('State'), unit: t('Commune') })[name]
const facetText = (name, value) => (name === 'kind' ? label.kind(value) : name === 'state' ? label.state(value) : value)

// Facets come as {"kind":{"birth":3}} or {"kind":[{"value","count"}]}.
const pairs = facet => (Array.isArray(facet) ? facet.map(f => [f.value ?? f[0], f.count ?? f.n ?? f[1]]) : Object.entries(facet ?? {}))

/** The snippet with its hits: [["text", true]] or «hit» in a text. */
function Snippet({ snippet }) {
    const parts = Array.isArray(snippet) ? snippet
        : (snippet ?? '').split(/[«»]/).map((text, i) => [text, i % 2 === 1])
    return <span class="snippet">{parts.map(([text, hit], i) => (hit ? <mark key={i}>{text}</mark> : text))}</span>
}

function Hit({ hit }) {
    const { data } = useData(s => get(`/items/${encodeURIComponent(hit.item)}`, s), [hit.item])
    const heading = useRef(null)
    const sealed = data?.state === 'sealed' && mayChange()
    useKeys({ F7: () => (sealed ? correct(hit.item) : false) })
    if (!data) return null
    const own = hit.field && data.boxes?.[hit.field]
    const boxes = hit.boxes?.length || !own ? (hit.boxes ?? []).map(b => ({ page: hit.page, ...b })) : [own]
    const fields = Object.entries(data.fields ?? {}).filter(([, f]) => f.value)
    return (
        <section class="found" aria-label={t('The record found')}>
            <div class="head"><h2 ref={heading}>{[data.fields?.so?.value ?? data.item, label.kind(data.kind)].join(' · ')}</h2>
                <Sign kind={data.state === 'sealed' || data.state === 'verified' ? 'green' : 'grey'}>{label.state(data.state)}</Sign>
                {data.above && <Sign kind="red">{t('Sent back by the province')}</Sign>}
                <a class="button small" href={`#/verify/${encodeURIComponent(data.item)}`}>{t('Open')}</a>
                {sealed && <button type="button" class="small" onClick={() => correct(data.item)}>{t('Correct after sealing')} <kbd>F7</kbd></button>}
                {data.pages?.length > 0 && mayExport() && <button type="button" class="small quiet" onClick={() => savePdf(data.item)}>{t('Save as PDF')}</button>}
                <a class="button small quiet" href={`#/history/${encodeURIComponent(data.item)}`}>{t('History')}</a></div>
            <div class="two">
                <dl>{fields.map(([name, f]) => <div key={name}><dt>{label.whole(name)}</dt><dd>{shown(name, f.value)}</dd></div>)}
                    {fields.length === 0 && <p>{t('No field has been read yet.')}</p>}</dl>
                {data.pages?.length > 0 && <Viewer key={hit.item + hit.page} pages={data.pages} boxes={boxes} />}
            </div>
        </section>
    )
}

export function Search() {
    const q = place.value.query
    const [text, setText] = useState(q.q ?? '')
    const [at, setAt] = useState(0)
    const input = useRef(null)
    const { data, failed } = useData(s => (q.q ? get(`/search${query({ ...q, limit: 50 })}`, s) : Promise.resolve(null)),
        [JSON.stringify(q)])
    useEffect(() => { input.current?.focus() }, [])
    useEffect(() => {
        setAt(0)
        if (data) say(tn('{n} hit', '{n} hits', data.hits))
    }, [data])
    const ask = more => go(`search${query({ ...q, q: text.trim(), ...more })}`)
    const rows = data?.rows ?? []
    return (
        <div class="screen search">
            <Title title={t('Search')} />
            <form role="search" class="row ask" onSubmit={e => { e.preventDefault(); ask() }}
                onKeyDown={e => { if (e.key === 'Enter' && (e.isComposing || e.keyCode === 229)) e.preventDefault() }}>
                <label class="unseen" for="q">{t('Search for')}</label>
                <input id="q" ref={input} type="search" value={text} placeholder={t('a name, a number, a place; marks are not needed')}
                    onInput={e => setText(e.target.value)} />
                <button class="main"><Icon name="search" />{t('Search')}</button>
            </form>
            {FACETS.some(f => q[f]) && <p class="chosen">{FACETS.filter(f => q[f]).map(f =>
                <button type="button" class="small on" key={f} onClick={() => ask({ [f]: '' })}>{facetName(f)}: {facetText(f, q[f])} ✕<span class="unseen"> {t('take away')}</span></button>)}</p>}
            {failed && <p class="banner"><Icon name="warn" />{t('This could not be searched for. Write it in another way.')}</p>}
            {data && <div class="results">
                <aside aria-label={t('Narrow down')}>
                    <p class="figures">{tn('{n} hit', '{n} hits', data.hits)} · {number(data.ms)} ms</p>
                    {FACETS.filter(f => !q[f] && pairs(data.facets?.[f]).length > 0).map(f => (
                        <div key={f}><h2>{facetName(f)}</h2><ul>{pairs(data.facets[f]).slice(0, 12).map(([value, n]) => (
                            <li key={value}><button type="button" class="link" onClick={() => ask({ [f]: value })}>{facetText(f, value)} <small>{number(n)}</small></button></li>))}</ul></div>))}
                </aside>
                <div class="hits">
                    {rows.length === 0 && <Empty icon="search">{t('Nothing was found. Try fewer words, or leave the marks out.')}</Empty>}
                    <ol>{rows.map((r, i) => (
                        <li key={`${r.item}-${r.page}-${i}`} class={i === at ? 'on' : ''}>
                            <button type="button" class="hit" aria-pressed={i === at} onClick={() => setAt(i)}>
                                <b>{r.title || r.number || r.item}</b> {r.kind && <small>{label.kind(r.kind)}</small>}
                                {r.field && typeof r.field === 'string' && <small> {fieldDef(r.field) && label.whole(r.field)}</small>}
                                <br /><Snippet snippet={r.snippet} /></button></li>))}</ol>
                </div>
                {rows[at] && <Hit key={rows[at].item} hit={rows[at]} />}
            </div>}
            {!data && !failed && <Empty icon="search">{t('Write a name as you like: nguyen thi hong finds Nguyễn Thị Hồng.')}</Empty>}
        </div>
    )
}
