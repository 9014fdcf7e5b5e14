// SPDX-License-Identifier: Apache-2.0
// What a record is looked at for, and the list of who looked at what.
import { useState } from 'preact/hooks'
import { get, purposeAsked, query } from './api.js'
import { moment, number, t, tn } from './i18n.js'
import { Buttons, Choices, Dialog, Field, Form, Loading, Sign, Title, useData } from './parts.jsx'

const PURPOSES = () => [['citizen', t('a citizen has come with a request')], ['copy', t('a copy or an extract is issued')],
    ['check', t('the books are compared')], ['other', t('another reason')]]
const purposeText = text => {
    const [key, ...more] = text.split(': ')
    return [PURPOSES().find(p => p[0] === key && key !== 'other')?.[1] ?? (key === 'other' ? '' : key), ...more].filter(Boolean).join(': ') ||
        t('another reason')
}

/** Asked before the first look at what is not being worked on. */
export function Purpose() {
    const [why, setWhy] = useState('citizen')
    const [more, setMore] = useState('')
    const answer = purposeAsked.value
    if (!answer) return null
    return (
        <Dialog title={t('What is it looked at for?')} onClose={() => answer('')}>
            <p>{t('These are other people’s papers. Who looks at them, and what for, is kept.')}</p>
            <Form label={t('What is it looked at for?')} onSend={() => answer([why, more.trim()].filter(Boolean).join(': '))}>
                <Choices legend={t('Reason')} name="purpose" value={why} onChange={setWhy} options={PURPOSES()} />
                <Field label={t('More about it')} hint={t('for example the number of the request')}>{p =>
                    <input {...p} name="more" type="text" maxLength={80} value={more} onInput={e => setMore(e.target.value)} />}</Field>
                <Buttons><button class="main" autofocus disabled={why === 'other' && !more.trim()}>{t('Look at it')}</button>
                    <button type="button" class="quiet" onClick={() => answer('')}>{t('Cancel')}</button></Buttons>
            </Form>
        </Dialog>
    )
}

export function Readings() {
    const [user, setUser] = useState('')
    const [subject, setSubject] = useState('')
    const [q, setQ] = useState({})
    const { data, failed } = useData(s => get(`/readings${query(q)}`, s), [JSON.stringify(q)])
    if (failed?.status === 403) return <><Title title={t('Who looked at what')} /><p>{t('Only an administrator sees this.')}</p></>
    const rows = data?.rows ?? []
    return (
        <div class="screen">
            <Title title={t('Who looked at what')} />
            <Form label={t('Narrow down')} onSend={() => setQ({ user: user.trim(), subject: subject.trim() })}>
                <div class="row even">
                    <Field label={t('User name')}>{p => <input {...p} type="text" value={user} onInput={e => setUser(e.target.value)} />}</Field>
                    <Field label={t('Record, or what was searched for')}>{p => <input {...p} type="text" value={subject} onInput={e => setSubject(e.target.value)} />}</Field>
                    <button>{t('Show')}</button>
                </div>
            </Form>
            {!data ? <Loading /> : <>
                <p>{data.broken > 0 ? <Sign kind="red">{tn('{n} line of this list was changed or taken out', '{n} lines of this list were changed or taken out', data.broken)}</Sign>
                    : <Sign kind="green">{t('The list is whole: {n} lines', { n: number(data.all) })}</Sign>}{data.back > 0 && <> · {t('the clock of this computer was set back in between')}</>}</p>
                <table class="list"><thead><tr><th scope="col">{t('When')}</th><th scope="col">{t('Who')}</th><th scope="col">{t('What')}</th><th scope="col">{t('Reason')}</th></tr></thead>
                    <tbody>{rows.map((r, i) => <tr key={i}><td>{moment(r.at)}</td><td>{r.user}</td>
                        <td>{r.act === 'search' ? <>{t('searched for')} <b>{r.subject}</b></> : <a href={`#/history/${encodeURIComponent(r.subject)}`}>{r.subject}</a>}</td>
                        <td>{r.purpose === 'work' ? t('it was being worked on') : purposeText(r.purpose)}</td></tr>)}</tbody></table>
            </>}
        </div>
    )
}
