// SPDX-License-Identifier: Apache-2.0
//
// node build.mjs MODULES OUT [PREPROCESSOR]: bundles the app into OUT (index.html and
// assets/NAME.HASH.EXT) with the packages that lie in MODULES. Vietnamese texts come from
// node/po/vi.po, kinds and fields of records from the tables of node/record. Fails when a
// text of the app has no translation, or when the first load is above the limit.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const FIRST_LOAD_MAX = 200 * 1024 // gzipped, fonts with it
const here = dirname(fileURLToPath(import.meta.url))
const top = resolve(here, '../../..')
const [modules, out, cc = 'cc'] = process.argv.slice(2)
const need = createRequire(join(resolve(modules), 'node_modules', 'x.js'))
const esbuild = need('esbuild')

function fail(text) {
    console.error(`web: ${text}`)
    process.exit(1)
}

// A table of C as the compiler sees it, without what it includes.
function table(file) {
    const text = readFileSync(join(top, file), 'utf8').replace(/^#include.*$/gm, '')
    return execFileSync(cc, ['-E', '-P', '-x', 'c', '-DN_(t)=t', '-DNULL=0', '-'],
        { input: text, encoding: 'utf8' }).replace(/\s+/g, ' ')
}

// Rows { "name" , … } of the array called name.
function rows(text, name) {
    const body = text.match(new RegExp(`${name}\\[\\] = \\{(.*?)\\};`))
    if (!body) fail(`no table ${name}`)
    return [...body[1].matchAll(/\{([^{}]*)\}/g)].map(([, row]) =>
        JSON.parse(`[${row.replace(/"\s+"/g, '').replace(/\b([A-Z]\w+)\b(?=([^"]*"[^"]*")*[^"]*$)/g, '"$1"').replace(/,\s*$/, '')}]`))
}

function records() {
    const kinds = rows(table('node/record/kind.c'), 'kinds').map(
        ([name, label, , number, date, register]) => ({ name, label, number, date, register }))
    const fields = rows(table('node/record/field.c'), 'fields').map(
        ([name, label, group, type, chars, document, must]) => ({
            name, label, group: group || null, type: type.replace('FIELD_', '').toLowerCase(),
            chars, document, must }))
    if (kinds.length < 5 || fields.length < 50) fail('the tables of node/record changed form')
    return { kinds, fields }
}

// msgid -> msgstr of the entries that the app uses: its own and those of the tables.
function catalogue({ kinds, fields }) {
    const po = need('gettext-parser').po.parse(readFileSync(join(top, 'node/po/vi.po')))
    const labels = new Set([...kinds, ...fields].flatMap(r => [r.label, r.group]))
    const texts = {}
    for (const entry of Object.values(po.translations[''])) {
        const place = entry.comments?.reference ?? ''
        if (!entry.msgid || !(place.includes('node/web/app/') || labels.has(entry.msgid)))
            continue
        if (entry.comments?.flag?.includes('fuzzy') || !entry.msgstr[0])
            fail(`no translation in node/po/vi.po: ${entry.msgid}`)
        texts[entry.msgid] = entry.msgstr[0]
    }
    return texts
}

// Every t('…') of the sources must be in the catalogue: scripts/update-po puts it there.
const CALL = /\btn?\(('(?:[^'\\]|\\.)+'|"(?:[^"\\]|\\.)+")/g
function check_texts(texts) {
    for (const file of readdirSync(join(here, 'src')).filter(f => /\.jsx?$/.test(f)))
        for (const [, id] of readFileSync(join(here, 'src', file), 'utf8').matchAll(CALL))
            if (!(id.slice(1, -1) in texts))
                fail(`${file}: not in node/po/vi.po, run scripts/update-po: ${id}`)
}

const tables = records()
const texts = catalogue(tables)
check_texts(texts)

// What the page of a phone says: its own texts and those of the files that it is made of.
const PHONE = ['phone.jsx', 'shots.js', 'i18n.js']
const phoneTexts = Object.fromEntries(PHONE.flatMap(file =>
    [...readFileSync(join(here, 'src', file), 'utf8').matchAll(CALL)]
        .map(([, id]) => id.slice(1, -1)).map(id => [id, texts[id]])))

const virtual = catalogueOf => ({
    name: 'made',
    setup(build) {
        build.onResolve({ filter: /^made:/ }, a => ({ path: a.path.slice(5), namespace: 'made' }))
        build.onLoad({ filter: /.*/, namespace: 'made' }, a => ({
            contents: JSON.stringify(a.path === 'vi' ? catalogueOf : tables), loader: 'json' }))
    },
})
const bundle = (entryPoints, catalogueOf) => esbuild.build({
    entryPoints,
    outdir: out, write: false, bundle: true, minify: true, format: 'esm',
    target: 'chrome109', jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none',
    charset: 'utf8',
    nodePaths: [join(resolve(modules), 'node_modules')], plugins: [virtual(catalogueOf)],
    loader: { '.woff2': 'file', '.svg': 'file' },
    entryNames: 'assets/[name].[hash]', assetNames: 'assets/[name].[hash]', publicPath: '/',
    logLevel: 'warning',
})
const app = await bundle({ app: join(here, 'src/main.jsx'), style: join(here, 'src/style.css') }, texts)
const phone = await bundle({ phone: join(here, 'src/phone.jsx') }, phoneTexts)
rmSync(out, { recursive: true, force: true })
mkdirSync(join(out, 'assets'), { recursive: true })
const names = {}
const gzipped = bytes => gzipSync(bytes, { level: 9 }).length
let weight = 0 // of the app; a phone loads another page
let phoneWeight = 0
for (const { path, contents } of [...app.outputFiles, ...phone.outputFiles]) {
    // Hashes of the content in lower-case hex: the same bytes, the same name.
    names[basename(path).replace(/\.[^.]+(\.\w+)$/, '$1')] = `/assets/${basename(path)}`
    writeFileSync(join(out, 'assets', basename(path)), contents)
    if (app.outputFiles.some(f => f.path === path)) weight += gzipped(contents)
    if (!/\/app\.[^/]*$/.test(path)) phoneWeight += gzipped(contents)
}
function page(name) {
    const html = readFileSync(join(here, `src/${name}`), 'utf8').replace(/\{(\w[\w.-]*)\}/g,
        (whole, file) => names[file] ?? fail(`${name} names ${file}, which was not made`))
    writeFileSync(join(out, name), html)
    return html
}
const html = page('index.html')
weight += gzipped(html)
phoneWeight += gzipped(page('phone.html'))
for (const n of [weight, phoneWeight])
    if (n > FIRST_LOAD_MAX)
        fail(`first load is ${n} bytes gzipped, above ${FIRST_LOAD_MAX}`)
writeFileSync(join(dirname(resolve(out)), 'web-size'),
    `${weight} ${createHash('sha256').update(html).digest('hex')}\n`)
console.log(`web: first load ${(weight / 1024).toFixed(1)} KB gzipped of at most ` +
    `${FIRST_LOAD_MAX / 1024}, ${Object.keys(texts).length} texts; a phone ${(phoneWeight / 1024).toFixed(1)} KB`)
