// SPDX-License-Identifier: Apache-2.0
// A page of paper: the picture, the place on it that is looked at, and larger or smaller.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { pictureUrl, stripUrl } from './api.js'
import { t } from './i18n.js'
import { useKeys } from './keys.js'
import { recall, remember } from './keep.js'

const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches

/** The page that a box lies on: by number or by hash. */
export const pageOf = (pages, box) => (box
    ? pages.find(p => p.seq === box.page || p.page === box.page) : null) ?? pages[0]

const part = (box, page) => ({
    left: `${(100 * box.x) / page.width_px}%`, top: `${(100 * box.y) / page.height_px}%`,
    width: `${(100 * box.w) / page.width_px}%`, height: `${(100 * box.h) / page.height_px}%`,
})

/** @boxes: all that are marked, the first one is looked at. @tools: what stands under a page. */
export function Viewer({ pages, boxes = [], name, tools }) {
    const wanted = boxes[0]
    const [at, setAt] = useState(0)
    // Nothing to look at in particular: the page from side to side, not a corner of it.
    const [zoom, setZoom] = useState(wanted ? recall('zoom') ?? 1.5 : 1)
    const node = useRef(null)
    const own = wanted ? pages.indexOf(pageOf(pages, wanted)) : -1
    useEffect(() => { if (own >= 0) setAt(own) }, [own, wanted])
    const page = pages[Math.min(at, pages.length - 1)]
    const change = by => {
        const z = Math.min(5, Math.max(0.5, Math.round(zoom * by * 100) / 100))
        setZoom(z)
        remember('zoom', z)
    }
    useKeys({
        'Ctrl+ArrowUp': () => change(1.25), 'Ctrl+ArrowDown': () => change(0.8),
        'Ctrl+PageDown': () => setAt(Math.min(pages.length - 1, at + 1)),
        'Ctrl+PageUp': () => setAt(Math.max(0, at - 1)),
    })
    useLayoutEffect(() => {
        const box = node.current
        if (!box || !wanted || !page?.width_px || own !== at) return
        const inner = box.firstElementChild
        const scale = inner.clientWidth / page.width_px
        box.scrollTo({
            left: (wanted.x + wanted.w / 2) * scale - box.clientWidth / 2,
            top: (wanted.y + wanted.h / 2) * scale - box.clientHeight / 2,
            behavior: calm() ? 'auto' : 'smooth',
        })
    }, [wanted, zoom, page?.page, own, at])
    if (!page) return <div class="viewer none">{t('There is no page.')}</div>
    const ratio = page.width_px && page.height_px ? `${page.width_px} / ${page.height_px}` : undefined
    return (
        <section class="viewer" aria-label={t('Picture of the page')}>
            <div class="view" ref={node} tabIndex={0} role="region" aria-label={t('Picture of the page, arrow keys move it')}>
                <div class="paper" style={{ width: `${zoom * 100}%`, aspectRatio: ratio }}>
                    <img src={pictureUrl(page.page, zoom > 2 ? 2400 : 1600)} alt={name ?? t('Page {n}', { n: page.seq })} />
                    {page.width_px && boxes.filter(b => pageOf(pages, b) === page).map((b, i) => (
                        <span key={i} class={i === 0 && b === wanted ? 'box now' : 'box'} style={part(b, page)} />))}
                </div>
            </div>
            <div class="under">
                <span class="zoom" role="group" aria-label={t('Size')}>
                    <button type="button" class="small" onClick={() => change(0.8)} aria-label={t('Smaller')}>−</button>
                    <span>{Math.round(zoom * 100)}%</span>
                    <button type="button" class="small" onClick={() => change(1.25)} aria-label={t('Larger')}>+</button>
                </span>
                {pages.length > 1 && <span class="turn" role="group" aria-label={t('Pages')}>
                    <button type="button" class="small" disabled={at <= 0} onClick={() => setAt(at - 1)} aria-label={t('Page before')}>‹</button>
                    <span>{t('Page {n} of {m}', { n: at + 1, m: pages.length })}</span>
                    <button type="button" class="small" disabled={at >= pages.length - 1} onClick={() => setAt(at + 1)} aria-label={t('Next page')}>›</button>
                </span>}
                {tools?.(page)}
            </div>
        </section>
    )
}

/** The strip of paper that a field was read from, large, with some paper around it. */
export function Strip({ pages, box, name }) {
    const page = pageOf(pages, box)
    if (!box || !page?.page) return <div class="strip none"><span>{t('Where this stands on the page is not known.')}</span></div>
    const margin = Math.round(box.h * 0.6)
    const x = Math.max(0, box.x - 2 * margin)
    const y = Math.max(0, box.y - margin)
    const cut = {
        x, y, w: Math.min(page.width_px ?? 1e6, box.x + box.w + 2 * margin) - x,
        h: Math.min(page.height_px ?? 1e6, box.y + box.h + margin) - y,
    }
    return <div class="strip"><img src={stripUrl(page.page, cut, 1200)} alt={t('Piece of the page: {name}', { name })} /></div>
}
