// SPDX-License-Identifier: Apache-2.0
// Signs, drawn for this program. Never alone: a word stands beside each.
const PATHS = {
    scan: 'M4 8V5a1 1 0 0 1 1-1h3M16 4h3a1 1 0 0 1 1 1v3M20 16v3a1 1 0 0 1-1 1h-3M8 20H5a1 1 0 0 1-1-1v-3M4 12h16',
    verify: 'M9 11.5 11.5 14 16 8.500M5 4h14v16H5z',
    seal: 'M12 3a6 6 0 1 1 0 12 6 6 0 0 1 0-12zM8.500 14 7 21l5-2.500L17 21l-1.5-7M9.500 9l2 2 3.2-4',
    send: 'M12 19V6M6 11.5 12 5l6 6.500M5 21h14',
    search: 'M10.500 4a6.500 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM15.500 15.5 21 21',
    books: 'M5 4h4v16H5zM9 6h4v14H9zM14.500 6.500l3.800-1 3.2 13.5-3.8 1z',
    users: 'M9 11a3.500 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.500 20c0-3.5 3-5.5 6.5-5.500s6.500 2 6.5 5.500M16 4.500a3.500 3.5 0 0 1 0 6.500M18 15c2.200.7 3.5 2.5 3.5 5',
    settings: 'M4 7h10M18 7h2M4 12h3M11 12h9M4 17h9M17 17h3M16 5v4M9 10v4M15 15v4',
    help: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM9.500 9.500a2.500 2.5 0 1 1 3.7 2.200c-.9.5-1.2 1-1.2 1.900M12 16.800v.1',
    lock: 'M6 11h12v9H6zM8.500 11V8a3.500 3.5 0 0 1 7 0v3',
    out: 'M13 4H5v16h8M10 12h11M17.500 8.5 21 12l-3.5 3.5',
    warn: 'M12 4 2.8 20h18.400zM12 10v5M12 17.500v.1',
    ok: 'M5 12.5 10 17.5 19.5 7',
    wait: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM12 7v5l3.500 2',
    going: 'M8 5.500v13l10.500-6.500z',
    disk: 'M4 5h16v14H4zM4 14h16M16.500 16.500h.1',
    plus: 'M12 5v14M5 12h14',
    usb: 'M9 3h6v5H9zM7 8h10v13H7zM10.500 5.500v.1M13.500 5.500v.1',
    undo: 'M8 5 4 9l4 4M4 9h10a5.500 5.5 0 0 1 0 11h-4',
    print: 'M7 8V4h10v4M7 16H4V8h16v8h-3M7 13h10v7H7z',
    history: 'M4 12a8 8 0 1 0 2.5-5.800L4 8.500M4 4v4.500h4.500M12 8v4.500l3 1.8',
    phone: 'M7 3h10a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM10 18h4',
    page: 'M6 3h8l4 4v14H6zM14 3v4h4',
}
const FILLED = new Set(['going'])

export const Icon = ({ name, size = 20 }) => (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false"
        fill={FILLED.has(name) ? 'currentColor' : 'none'} stroke="currentColor" stroke-width="1.8"
        stroke-linecap="round" stroke-linejoin="round"><path d={PATHS[name]} /></svg>
)
