// SPDX-License-Identifier: Apache-2.0
// Lighthouse on every screen, with the processor slowed down four times: performance at least
// 95, accessibility 100. Of a quiet machine only: what runs beside it slows the page down, too.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SCREENS, SITE, atLeast, is, lighthouse, login, note, open, story } from './lib.mjs'

const port = 20000 + Math.floor(Math.random() * 20000)
const { context, page } = await open({ profile: mkdtempSync(join(tmpdir(), 'web-')), port })

async function fast() {
    await login(page)
    for (const [name, hash] of SCREENS) {
        const r = await lighthouse(port, `${SITE}/#/${hash}`)
        note(`${name}: performance ${r.performance}, accessibility ${r.accessibility}, ${JSON.stringify(r.part)}, processor ${Math.round(r.speed)}`)
        atLeast(r.performance, 95, `${name}: performance`)
        is(r.accessibility, 100, `${name}: accessibility`)
        if (r.misses.length) note(r.misses.join(' '))
    }
    await context.close()
}
await story(fast)
