// SPDX-License-Identifier: Apache-2.0
// Every screen as the clerk sees it: a picture of it is kept, axe finds nothing serious,
// nothing is cut off at 1366×768, and it can be used at 200 % in both languages.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SCREENS, SITE, axe, is, login, ok, open, purpose, quiet, shot, story, visit } from './lib.mjs'

const ITEM = process.env.WEB_ITEM
const DOSSIER = process.env.WEB_DOSSIER
const { context, page } = await open({ profile: mkdtempSync(join(tmpdir(), 'web-')) })

const wide = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

async function door() {
    await page.goto(`${SITE}/`)
    await page.locator('input[name=password]').waitFor()
    await shot(page, 'login')
    await axe(page, 'login')
    await page.locator('input[name=user]').fill('nobody')
    await page.locator('input[name=password]').fill('khong dung')
    await page.keyboard.press('Enter')
    await page.locator('.error').waitFor()
    await shot(page, 'login-refused')
    await login(page)
}

async function screens() {
    for (const [name, hash] of SCREENS) {
        await visit(page, hash)
        if (name === 'search') await purpose(page)
        await page.waitForTimeout(400)
        await shot(page, name)
        is(await wide(), 0, `${name}: nothing is wider than the screen`)
        is(await page.locator('h1').count(), 1, `${name}: one heading says where one is`)
        await axe(page, name)
    }
}

async function places() {
    await visit(page, 'help')
    const counts = await page.locator('footer.counts').innerText()
    for (const word of ['Đã lưu trên máy này', 'Tỉnh đã nhận', 'Đang chờ gửi', 'Cần xem lại'])
        ok(counts.includes(word), `the line at the bottom says: ${word}`, counts)
    is(await page.locator('nav.places a').count(), 4, 'four places are in sight')
}

async function languages() {
    await visit(page, 'scan')
    await page.locator('.menu > button').click()
    await page.locator('.menu').getByText('English').click()
    is(await page.evaluate(() => document.documentElement.lang), 'en', 'English at once, without a new page')
    // What the app itself says: not the clerk's data.
    const vietnamese = /[ăâđêôơưáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ]/i
    for (const [name, hash] of SCREENS.filter(s => ['scan', 'seal', 'send', 'registers', 'new-register', 'users', 'second-keying', 'two-answers', 'returned', 'sticks', 'help'].includes(s[0]))) {
        await visit(page, hash)
        const left = await page.evaluate(() => [...document.querySelectorAll('h1,h2,label,legend,button,th,summary,nav.places span,.hint,.lead')]
            .filter(e => !e.closest('.language,[lang=vi]:not(.all),table tbody,.register,.card.missing')).map(e => e.textContent))
        const wrong = left.filter(x => vietnamese.test(x) && !/Tiếng Việt|Nguyễn|Xã /.test(x))
        ok(name === 'seal' || wrong.length === 0, `${name}: all of it is in English`, wrong)
        await shot(page, `en-${name}`)
    }
    await page.locator('.menu > button').click()
    await page.locator('.menu').getByText('Tiếng Việt').click()
    is(await page.locator('html').getAttribute('lang'), 'vi', 'and Vietnamese again')
}

async function zoomed() {
    await page.setViewportSize({ width: 683, height: 384 }) // 1366×768 at 200 %
    for (const [name, hash] of SCREENS) {
        await visit(page, hash)
        await page.waitForTimeout(200)
        is(await wide(), 0, `${name} at 200 %: nothing is wider than the screen`)
        await shot(page, `zoom-${name}`)
    }
    await page.setViewportSize({ width: 1366, height: 768 })
}

async function printed() {
    await page.emulateMedia({ media: 'print' })
    await visit(page, `books/${DOSSIER}`)
    is(await page.locator('nav.places').isVisible(), false, 'on paper there are no places')
    ok(await page.locator('.signature').isVisible(), 'but a line for the signature')
    await shot(page, 'print-register')
    await page.emulateMedia({ media: 'screen' })
}

async function dialogs() {
    await visit(page, 'scan')
    await page.keyboard.press('F2')
    await page.locator('dialog[open]').waitFor()
    await shot(page, 'dialog-register')
    await axe(page, 'the choice of a register')
    await page.keyboard.press('Escape')
    await page.locator('dialog[open]').waitFor({ state: 'detached' })
    await visit(page, `verify/${ITEM}`)
    await page.locator('.cell input').first().focus()
    await page.keyboard.press('F4')
    await page.locator('dialog[open]').waitFor()
    await shot(page, 'dialog-illegible')
    await axe(page, 'the reasons')
    await page.keyboard.press('Escape')
    await visit(page, 'books/khong-co')
    await page.locator('h1').waitFor()
    await shot(page, 'absent')
}

async function locked() {
    await visit(page, `verify/${ITEM}`)
    await page.locator('.menu > button').click()
    await page.locator('.menu li button', { hasText: 'Khóa màn hình' }).click()
    await page.locator('dialog.lock').waitFor()
    await shot(page, 'locked')
    await axe(page, 'the lock')
    await page.keyboard.press('Escape')
    ok(await page.locator('dialog.lock').isVisible(), 'Escape does not open the lock')
    await page.locator('dialog.lock input').fill('sai roi')
    await page.keyboard.press('Enter')
    await page.locator('dialog.lock .error').waitFor()
    await page.locator('dialog.lock input').fill(process.env.WEB_PASSWORD ?? 'mot cau de nho')
    await page.keyboard.press('Enter')
    await page.locator('dialog.lock').waitFor({ state: 'detached' })
    ok(await page.locator('.record').isVisible(), 'the screen below is as it was')
}

async function calm() {
    quiet('the browser has nothing to complain about')
    await context.close()
}
await story(door, screens, places, languages, zoomed, printed, dialogs, locked, calm)
