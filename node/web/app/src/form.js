// SPDX-License-Identifier: Apache-2.0
// The fields of one record while a person works on them: what the server has, what is
// typed, what is doubtful; saving each on its own, with a draft in this browser meanwhile.
import { signal } from '@preact/signals'
import { get, put, tell } from './api.js'
import { both, dateRead, dateShown, t, textOf } from './i18n.js'
import { draftDrop, draftGet, draftPut } from './keep.js'
import { fieldDef, fieldsOf, label } from './records.js'

const isDate = name => ['date', 'life'].includes(fieldDef(name).type)
export const shown = (name, value) => (isDate(name) ? dateShown(value) : value ?? '')
export const reading = (name, text) => (isDate(name) ? dateRead(text) : text.trim())

export class Row {
    constructor(form, name, given = {}) {
        this.form = form
        this.name = name
        this.seen = given.value ?? '' // what the server has
        this.text = signal(shown(name, this.seen))
        const doubt = form.doubts.get(name)
        this.doubtful = signal(form.item.doubts ? !!doubt : !!given.doubtful)
        this.why = signal(doubt ? doubt.map(textOf).join(' ') : label.why(given.reason))
        this.mark = form.item.marks?.[name] ?? null
        this.source = signal(given.source ?? '')
        this.state = signal('') // saving, saved, restored, kept (no answer), clash
        this.error = signal('')
        this.warnings = signal([])
        this.clash = signal(null)
        // What the record before says may go on here: taken by a key, never by itself.
        this.offer = this.seen ? '' : form.offers[name] ?? ''
        this.choices = [this.offer, ...form.item.choices?.[name] ?? []].filter(c => c && typeof c === 'string')
        this.box = form.item.boxes?.[name]
        this.given = Object.keys(given).length > 0
        this.queue = Promise.resolve(true)
        const draft = draftGet(form.id, name)
        if (draft && draft.value !== this.seen) {
            this.text.value = shown(name, draft.value)
            this.state.value = 'restored'
        } else if (draft) {
            draftDrop(form.id, name)
        }
    }

    get dirty() {
        return reading(this.name, this.text.value) !== this.seen
    }

    type(text) {
        this.text.value = text
        this.error.value = ''
        this.state.value = ''
        if (this.dirty) draftPut(this.form.id, this.name, reading(this.name, text), this.seen)
        else draftDrop(this.form.id, this.name)
    }

    /** Saves what is typed; @confirm: also when it is what the program read. Never throws.
     * Resolves to true when the server has it. */
    save(confirm = false) {
        this.queue = this.queue.then(() => this.#send(confirm))
        return this.queue
    }

    async #send(confirm) {
        const value = reading(this.name, this.text.value)
        const before = this.seen
        if (value === before && !(confirm && this.doubtful.value)) return !this.error.value
        this.state.value = 'saving'
        draftPut(this.form.id, this.name, value, before, true)
        try {
            const r = await put(`/items/${this.form.id}/fields/${this.name}`, { value, seen: before,
                ...(this.form.why ? { why: this.form.why } : {}) })
            this.#take(r ?? { value })
            if (value !== before) this.form.done.push({ item: this.form.id, field: this.name })
            return true
        } catch (e) {
            return this.#fail(e, value)
        }
    }

    #take(r) {
        const typed = reading(this.name, this.text.value)
        this.seen = r.value ?? ''
        this.doubtful.value = !!r.doubtful
        this.source.value = r.source ?? 'clerk'
        this.warnings.value = r.warnings ?? []
        this.error.value = ''
        this.clash.value = null
        this.state.value = 'saved'
        draftDrop(this.form.id, this.name)
        // Spelling may have been put right; what was typed meanwhile stays.
        if (typed === reading(this.name, this.text.value) && document.activeElement?.name !== this.name)
            this.text.value = shown(this.name, this.seen)
    }

    async #fail(e, value) {
        this.state.value = ''
        if (e.status === 422) {
            draftPut(this.form.id, this.name, value, this.seen) // not again by itself
            this.error.value = [both(e)?.what, both(e)?.todo].filter(Boolean).join(' ') ||
                t('This value does not fit here.')
        } else if (e.status === 409) {
            return this.#clash(e, value)
        } else if (e.status === 0 || e.status === 401 || e.status === 423 || e.status === 503) {
            this.state.value = 'kept' // the draft is sent later
        } else {
            tell(e)
        }
        return false
    }

    // Changed by another meanwhile, or not allowed in this state.
    async #clash(e, value) {
        try {
            const now = (await get(`/items/${this.form.id}`)).fields?.[this.name] ?? {}
            if ((now.value ?? '') === value) {
                this.#take(now)
                return true
            }
            if ((now.value ?? '') === this.seen) throw e
            this.clash.value = now.value ?? ''
            this.state.value = 'clash'
        } catch (other) {
            tell(other)
        }
        return false
    }

    /** Of two values the clerk takes one. */
    settle(mine) {
        const theirs = this.clash.value
        this.seen = theirs
        this.clash.value = null
        if (!mine) this.text.value = shown(this.name, theirs)
        return this.save(true)
    }

    /** The next candidate above or below. */
    choose(step) {
        const list = [...new Set([...this.choices, this.seen])].filter(Boolean)
        const at = list.indexOf(reading(this.name, this.text.value))
        if (list.length < (at < 0 ? 1 : 2)) return null
        const next = list[(at + step + list.length) % list.length]
        this.type(shown(this.name, next))
        return next
    }
}

// The form that is open, by its record.
const forms = new Map()

/** Saves a field by the open form of its record, which shows it then. False: none is open. */
export const saveOpen = (item, field) => forms.get(item)?.row(field)?.save(true) ?? false

export class RecordForm {
    /** @done: what was changed, newest last; shared by all records of the sitting. @offers: in
     * the keying lane what the record before suggests by field; its form shows every field. */
    constructor(item, done, offers) {
        this.whole = !!offers
        this.offers = offers ?? {}
        this.item = item
        this.id = item.item
        this.done = done
        this.why = '' // why a sealed record is corrected
        this.doubts = new Map((item.doubts ?? []).map(d => [d.field, d.why ?? []]))
        const fields = item.fields ?? {}
        const order = item.form?.map(f => f.field) ?? fieldsOf(item.kind)
        const names = [...order, ...[...Object.keys(fields), ...this.doubts.keys()]
            .filter((n, i, all) => !order.includes(n) && all.indexOf(n) === i)]
        this.rows = names.map(n => new Row(this, n, fields[n]))
        forms.clear()
        forms.set(this.id, this)
    }

    row(name) {
        return this.rows.find(r => r.name === name)
    }

    /** Fields that are seen at once; the others are behind a door. */
    get front() {
        if (this.whole) return this.rows
        const some = this.rows.filter(r => r.given || r.box || this.doubts.has(r.name) || r.state.peek() === 'restored' || fieldDef(r.name).must)
        return some.length ? some : this.rows.slice(0, 12)
    }

    get doubtful() {
        return this.rows.filter(r => r.doubtful.value)
    }

    /** The doubtful field after (or before) one, around the end. */
    next(name, step = 1) {
        const rows = this.front
        const at = Math.max(0, rows.findIndex(r => r.name === name))
        for (let i = 1; i <= rows.length; i++) {
            const r = rows[(at + step * i + rows.length * i) % rows.length]
            if (r.doubtful.value && r.name !== name) return r
        }
        return null
    }

    /** The field after (or before) one, whatever stands there. */
    beside(name, step) {
        return this.rows[this.rows.findIndex(r => r.name === name) + step] ?? null
    }

    saveAll() {
        return Promise.all(this.rows.filter(r => r.dirty).map(r => r.save()))
            .then(all => all.every(Boolean))
    }
}

/** What stands above a group of fields. */
export const groupsOf = rows => {
    const groups = []
    for (const r of rows) {
        const name = label.group(r.name)
        const group = groups.find(g => g.name === name)
        if (group) group.rows.push(r)
        else groups.push({ name, rows: [r] })
    }
    return groups
}
