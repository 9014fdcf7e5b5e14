// SPDX-License-Identifier: Apache-2.0
// Help with pictures: what a morning with a register looks like.
import { t } from './i18n.js'
import { Icon } from './icons.jsx'
import { Title } from './parts.jsx'
import { KeyTable } from './shell.jsx'

const Drawing = ({ alt, children }) => (
    <svg class="drawing" viewBox="0 0 240 150" role="img" aria-label={alt}>
        <rect class="ground" x="1" y="1" width="238" height="148" rx="10" />{children}</svg>
)
const Sheet = ({ x, y, w = 44, h = 58, turn = 0 }) => (
    <g transform={`translate(${x} ${y}) rotate(${turn})`}>
        <rect class="paper" width={w} height={h} rx="2" />
        {[0.18, 0.32, 0.46, 0.6, 0.74].map((f, i) => <line key={i} class="ink" x1={w * 0.15} x2={w * (i % 2 ? 0.7 : 0.85)} y1={h * f} y2={h * f} />)}
    </g>
)

const steps = () => [
    { name: 'open', title: t('Open the register'), text: [
        t('Press Registers, then Open a register. Say what it is: births, deaths, marriages …, the year and the volume.'),
        t('Give the first and the last number of the book. Then the program sees at once which number is missing.')],
    picture: <Drawing alt={t('A bound register with its first and last number')}>
        <path class="cover" d="M50 32h62v92H50z" /><path class="cover light" d="M112 32h62v92h-62z" /><path class="ink" d="M112 32v92" />
        <rect class="paper" x="62" y="46" width="38" height="20" rx="2" /><line class="ink" x1="68" x2="94" y1="53" y2="53" /><line class="ink" x1="68" x2="88" y1="59" y2="59" />
        <text x="143" y="70">1</text><path class="ink" d="M143 78v18m-5-6 5 6 5-6" /><text x="143" y="114">120</text></Drawing> },
    { name: 'scan', title: t('Scan'), text: [
        t('Put the sheets into the feeder and press Enter. Each sheet is kept on this computer before the next one is drawn in.'),
        t('No scanner? Drop pictures or PDF files into the window, also photos from a telephone.'),
        t('A phone can be the scanner: press Photograph with a phone, and point its camera at the code on the screen.'),
        t('A page with an orange frame is blurred or cut off. Scan it again: R.')],
    picture: <Drawing alt={t('Sheets go through a scanner and come onto the screen')}>
        <Sheet x={34} y={18} turn={-6} /><Sheet x={46} y={14} />
        <rect class="machine" x="20" y="72" width="96" height="42" rx="6" /><rect class="ink thick" x="32" y="80" width="72" height="4" rx="2" /><circle class="green" cx="104" cy="102" r="4" />
        <path class="ink thick" d="M126 90h26m-8-7 8 7-8 7" />
        <rect class="screen-frame" x="160" y="46" width="66" height="62" rx="4" /><Sheet x={167} y={54} w={14} h={19} /><Sheet x={186} y={54} w={14} h={19} /><Sheet x={205} y={54} w={14} h={19} /><Sheet x={167} y={80} w={14} h={19} />
        <rect class="amber-frame" x="184" y="78" width="18" height="23" rx="2" /><Sheet x={186} y={80} w={14} h={19} /></Drawing> },
    { name: 'verify', title: t('Verify'), text: [
        t('Left is the paper, right is what the program read. Orange fields are doubtful: compare them with the paper.'),
        t('Right? Press Enter. Wrong? Type over it, then Enter. Another reading: Alt+↑ or Alt+↓. When all is right: Ctrl+Enter.'),
        t('The paper decides. What stands in the book is written here, also when it is wrong there.')],
    picture: <Drawing alt={t('The picture of a line beside the field it belongs to')}>
        <rect class="paper" x="16" y="24" width="98" height="102" rx="3" />{[40, 56, 88, 104].map(y => <line key={y} class="ink" x1="26" x2="100" y1={y} y2={y} />)}
        <rect class="amber-frame" x="22" y="64" width="86" height="16" rx="2" /><line class="ink thick" x1="28" x2="96" y1="72" y2="72" />
        {[30, 58, 86].map((y, i) => <rect key={y} class={i === 1 ? 'field-frame amber-frame' : 'field-frame'} x="132" y={y} width="92" height="20" rx="3" />)}
        <path class="ok" d="m210 40 4 4 7-8" /><path class="ok" d="m210 96 4 4 7-8" /><path class="ink thick" d="M114 72h12" />
        <rect class="key" x="168" y="114" width="56" height="20" rx="4" /><text x="196" y="128">Enter</text></Drawing> },
    { name: 'gaps', title: t('Gaps'), text: [
        t('A number is missing? Look into the book. If the sheet is there, scan it. If not, say why: cancelled, torn out, left blank, in another book.'),
        t('At the end give the closing count from the last page of the book. Both must agree before it is sealed.')],
    picture: <Drawing alt={t('Numbers of a register, one of them is missing')}>
        {[12, 13, 14, 15].map((n, i) => <g key={n}><rect class={n === 14 ? 'hole' : 'paper'} x={18 + i * 54} y="44" width="44" height="58" rx="3" />
            <text class={n === 14 ? 'missing' : ''} x={40 + i * 54} y="79">{n === 14 ? '14 ?' : n}</text></g>)}</Drawing> },
    { name: 'seal', title: t('Seal'), text: [
        t('The program says what is missing. When nothing is missing, press Seal. After this nobody changes it unseen, neither here nor on the way.'),
        t('A mistake found later is no harm: open the record, press F7, say why and correct it. It becomes a new revision beside the old one.')],
    picture: <Drawing alt={t('A stack of sheets with a seal')}>
        <Sheet x={72} y={30} w={62} h={84} turn={-4} /><Sheet x={80} y={28} w={62} h={84} />
        <circle class="wax" cx="146" cy="104" r="20" /><path class="ok light" d="m137 104 6 6 12-13" /></Drawing> },
    { name: 'send', title: t('Send'), text: [
        t('What is sealed is sent by itself a moment later; the button sends at once.'),
        t('Sending begins again by itself where it broke off. The line may be slow, or away for weeks: nothing is lost.'),
        t('Green is shown only for what the province has signed for. No line at all? Press By USB stick: it is written, read back, and said when the stick may be taken out.')],
    picture: <Drawing alt={t('From this computer to the province, and a receipt back')}>
        <rect class="screen-frame" x="20" y="50" width="60" height="44" rx="4" /><path class="ink thick" d="M42 104h16M50 94v10" />
        <path class="cover" d="M166 62h54v42h-54zM160 62l33-22 33 22z" /><path class="ink light" d="M176 70v26M193 70v26M210 70v26" />
        <path class="ink thick" d="M92 64h56m-8-6 8 6-8 6" /><path class="ok" d="M148 90H92m8-6-8 6 8 6" /><rect class="paper" x="108" y="100" width="26" height="18" rx="2" /><path class="ok" d="m114 109 4 4 8-8" /></Drawing> },
]

const trouble = () => [
    [t('The power went off.'), t('Switch on again and open sohoa. You are where you were; what you typed stands there again.')],
    [t('The scanner is not seen.'), t('Check the cable and the switch, then press Look again. Scanned pages are safe.')],
    [t('The paper jammed.'), t('Take it out. The sheets before it are saved. Put the rest in and scan on.')],
    [t('A page cannot be read.'), t('F4 and the reason. Never guess: an honest gap is worth more than a wrong name.')],
    [t('The province sent a record back.'), t('F6 shows which and why. Correct it, press Ctrl+Enter, seal and send: that is the answer.')],
    [t('The line is away.'), t('Work on. It is sent when the line is back.')],
    [t('Something else.'), t('Note the small code in the message, it begins with SH, and call your helper.')],
]

export function Help() {
    return (
        <div class="screen help">
            <Title title={t('Help')} side={<button type="button" class="quiet" onClick={() => print()}><Icon name="print" />{t('Print')}</button>} />
            <p class="lead">{t('From the book on the desk to the receipt of the province, in six steps.')}</p>
            <ol class="cards">{steps().map((s, i) => (
                <li class="card" key={s.name}>{s.picture}<h2>{i + 1}. {s.title}</h2>{s.text.map(p => <p key={p}>{p}</p>)}</li>))}</ol>
            <h2>{t('When something goes wrong')}</h2>
            <dl class="trouble">{trouble().map(([q, a]) => <div key={q}><dt>{q}</dt><dd>{a}</dd></div>)}</dl>
            <h2>{t('Keys')}</h2>
            <div class="key-tables"><KeyTable /></div>
            <p class="hint">{t('The letters are Noto Sans, under the SIL Open Font License 1.1. The program is under the Apache License 2.0.')}</p>
        </div>
    )
}
