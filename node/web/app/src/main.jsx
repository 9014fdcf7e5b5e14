// SPDX-License-Identifier: Apache-2.0
// Begins: asks who is there, then shows a door or the places.
import { render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Users, Settings, History } from './admin.jsx'
import { loadSession, online, session } from './api.js'
import { Book, Books, NewBook } from './books.jsx'
import { Lock, Login, Setup } from './doors.jsx'
import { Courier } from './courier.jsx'
import { Help } from './help.jsx'
import { lang, setLang, t } from './i18n.js'
import { keepBegin, recall } from './keep.js'
import { Returned, Second, Third } from './keying.jsx'
import { Sign } from './parts.jsx'
import { Purpose, Readings } from './reading.jsx'
import { Scan, Switch } from './scan.jsx'
import { Search } from './search.jsx'
import { Seal, Send } from './send.jsx'
import { Problem, Shell } from './shell.jsx'
import { begin, end, openLast, place } from './state.js'
import { Verify } from './verify.jsx'

function Screen({ onSwitch }) {
    const { name, rest } = place.value
    switch (name) {
    case 'verify': return <Verify key="verify" item={rest[0]} />
    case 'key': return <Verify key="key" item={rest[0]} lane />
    case 'keying': return rest[0] === 'differs' ? <Third /> : <Second />
    case 'returned': return <Returned />
    case 'seal': return <Seal />
    case 'send': return <Send />
    case 'courier': return <Courier />
    case 'books': return rest[0] === 'new' ? <NewBook /> : rest[0] ? <Book key={rest[0]} id={rest[0]} /> : <Books />
    case 'search': return <Search />
    case 'users': return <Users />
    case 'readings': return <Readings />
    case 'settings': return <Settings />
    case 'history': return <History item={rest[0]} />
    case 'help': return <Help topic={rest[0]} />
    default: return <Scan onSwitch={onSwitch} />
    }
}

function App() {
    const s = session.value
    const [fresh, setFresh] = useState(false)
    const [choosing, setChoosing] = useState(false)
    const user = s?.user?.name
    useEffect(() => {
        if (s?.setup) setFresh(true)
    }, [s?.setup])
    useEffect(() => {
        if (!user) return end
        if (!fresh) openLast()
        begin()
        return end
    }, [user])
    if (!s)
        return <main class="door" id="main">{online.value ? null
            : <Sign kind="red">{t('The program on this computer does not answer. Start sohoa again; this page comes back by itself.')}</Sign>}</main>
    const door = s.setup || fresh
    return (
        <div lang={lang.value} class="all">
            {door ? <Setup onDone={() => { setFresh(false); openLast() }} />
                : !s.user ? <Login />
                    : <Shell onSwitch={() => setChoosing(true)}><Screen onSwitch={() => setChoosing(true)} /></Shell>}
            {choosing && <Switch onClose={() => setChoosing(false)} />}
            <Purpose />
            <Problem />
            {s.user && s.locked && <Lock />}
        </div>
    )
}

async function start() {
    for (;;) {
        try {
            await loadSession()
            if (!recall('lang') && session.value.lang) setLang(session.value.lang)
            return
        } catch {
            await new Promise(done => setTimeout(done, 2000))
        }
    }
}

await keepBegin()
render(<App />, document.getElementById('app'))
start()
