// The room board under many hands: two who want one room in the same moment, a mouse, a keyboard and a
// finger that move a party, a greeter whose telephone loses the network, and what the printer gets.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before } from 'node:test';
import { PANEL, browser, open, test } from './house.mjs';

const DESK = { viewport: { width: 1440, height: 900 }, locale: 'zh-CN', reducedMotion: 'reduce' };
const TABLET = { ...DESK, viewport: { width: 1024, height: 768 }, hasTouch: true };
const PHONE = { ...DESK, viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
const OUT = process.env.PICTURES;
const troubles = [];

let opened;
before(async () => { opened = await browser(); });
after(() => opened.close());

async function signedIn(who, options = DESK) {
  const context = await opened.newContext(options);
  await context.addCookies([{ name: 'switchboard_session', value: process.env[`SESSION_${who.toUpperCase()}`], url: PANEL }]);
  context.on('page', (page) => {
    page.on('pageerror', (error) => troubles.push(String(error)));
    page.on('console', (said) => { if (/Content Security Policy/.test(said.text())) troubles.push(said.text()); });
  });
  return context;
}

async function ask(context, path, data, method = 'post') {
  const answer = await context.request[method](PANEL + path, { data, headers: { accept: 'application/json' } });
  return { status: answer.status(), record: await answer.json().catch(() => ({})) };
}

async function book(context, name, room, when, party = 6, minutes = undefined) {
  const { status, record } = await ask(context, '/bookings', { name, party, minutes, phone: '13800001234', when, room: [room] });
  assert.equal(status, 200, JSON.stringify(record));
  return record.no;
}

const rooms = async (context, no) => {
  const { record } = await ask(context, `/bookings/${no}`, undefined, 'get');
  return { rooms: record.rooms.map((one) => one.room).join('+'), at: record.starts_at, minutes: record.planned_minutes };
};

/** A bar is where the room's row is: asked of the page, not of the server. */
const inRow = (page, no, room) => page.waitForFunction(([no, room]) => {
  const bar = document.querySelector(`.bk[data-no="${no}"]:not(.gone)`);
  const row = document.querySelector(`.rm[data-name="${room}"]`);
  return bar && row && bar.classList.contains(`r${row.dataset.row}`) && !bar.hasAttribute('aria-busy');
}, [no, room], { timeout: 10_000 });

const lane = (page, room) => page.evaluate((name) => {
  const row = document.querySelector(`.rm[data-name="${name}"]`).dataset.row;
  const lane = document.querySelector(`.lane.r${row}`);
  const box = lane.getBoundingClientRect();
  const y = box.y + box.height / 2;
  // the first place of it that a finger reaches: the board may be scrolled beneath its rooms
  let x = Math.max(box.x, 0) + 6;
  while (x < innerWidth && document.elementFromPoint(x, y) !== lane) x += 6;
  return { x, y, width: box.width };
}, room);

test('where a party would go it is said who gains, and the board is searched from the keyboard', async () => {
  const [li, zhou] = [await signedIn('li'), await signedIn('zhou')];
  const no = await book(li, '何女士', 'A4', '20:00', 6, 60);
  const waits = await ask(li, '/waitlist', { name: '邓先生', party: 6, phone: '13801584421', from: '19:45', to: '21:30', minutes: 60 });
  assert.ok(waits.status < 300, JSON.stringify(waits));
  const page = await open(li, '/rooms/board');

  // the search of the board itself: a name, Enter, and the party is chosen
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'b-q');
  await page.keyboard.type('何女士');
  await page.keyboard.press('Enter');
  await page.locator('#selected', { hasText: '何女士' }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/rooms/board');
  assert.equal(await page.evaluate(() => document.activeElement?.dataset.no), no);
  await page.keyboard.press('Escape');

  // by the first letters of how it sounds, by the sound itself, and by the end of the telephone's number
  for (const typed of ['hns', 'henv', '1234']) {
    await page.fill('#b-q', typed);
    await page.locator('#b-q').press('Enter');
    await page.locator('#selected', { hasText: '何女士' }).waitFor();
    assert.equal(new URL(page.url()).pathname, '/rooms/board', typed);
    await page.keyboard.press('Escape');
    await page.locator('#selected').waitFor({ state: 'hidden' });
  }
  await page.fill('#b-q', '');

  // in the hand: where it rests it is said what becomes free and for whom, and nothing is done yet
  const bar = page.locator(`.bk[data-no="${no}"]:not(.gone)`);
  await bar.scrollIntoViewIfNeeded();
  const box = await bar.boundingBox();
  const to = await lane(page, 'A1');
  await page.mouse.move(box.x + 20, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + 30, box.y + box.height / 2, { steps: 3 });
  await page.mouse.move(box.x + 20, to.y, { steps: 6 });
  const said = page.locator('.drop-at.ahead', { hasText: '邓先生' });
  await said.waitFor();
  assert.match(await said.textContent(), /A1 20:00–21:00.*A4/);
  assert.equal((await rooms(li, no)).rooms, 'A4');
  await page.mouse.up();
  await inRow(page, no, 'A1');
  assert.match(await page.locator('#toast').textContent(), /邓先生/, 'and afterwards beside the way back');
  await page.keyboard.press('Control+z');
  await inRow(page, no, 'A4');

  // by the keys as well; whoever was first has been called meanwhile
  const next = await ask(li, '/waitlist', { name: '田女士', party: 6, phone: '13801584422', from: '19:45', to: '21:30', minutes: 60 });
  assert.ok(next.status < 300, JSON.stringify(next));
  await page.waitForFunction((no) => !document.querySelector(`.bk[data-no="${no}"]:not(.gone)`).hasAttribute('aria-busy'), no);
  await bar.focus();
  await page.keyboard.press('Alt+ArrowUp');
  const ahead = page.locator('#toast', { hasText: '田女士' });
  await ahead.waitFor();
  assert.match(await ahead.textContent(), /A3 20:00–21:00.*A4/, 'where to, and what becomes free');
  assert.equal((await rooms(li, no)).rooms, 'A4', 'nothing is done yet');
  await page.keyboard.press('Escape');
  await inRow(page, no, 'A4');
  await page.locator('#toast').waitFor({ state: 'hidden' });
  assert.equal((await rooms(li, no)).rooms, 'A4', 'and nothing is done where it is left');
  await bar.focus();
  await page.keyboard.press('Alt+ArrowUp');
  await ahead.waitFor();
  await page.keyboard.press('Enter');
  await page.waitForFunction(async (no) => {
    const answer = await fetch(`/bookings/${no}`, { headers: { accept: 'application/json' } });
    return (await answer.json()).rooms[0].room === 'A3';
  }, no);
  await page.locator('#toast', { hasText: '田女士' }).waitFor();
  for (const { record } of [waits, next]) await ask(li, `/waitlist/${record.id}`, undefined, 'delete');
  await ask(li, `/bookings/${no}/cancellation`, { reason: '客人取消' });
  for (const context of [li, zhou]) await context.close();
});

test('both rooms of a combination are kept while its form is open', async () => {
  const [li, zhou] = [await signedIn('li'), await signedIn('zhou')];
  const other = await open(zhou, '/rooms/board');
  const form = await open(li, '/bookings/new');
  await form.fill('#b-party', '12');
  await form.fill('#b-when', '22:30');
  await form.locator('[data-suits] button', { hasText: 'A1+A2' }).first().click();
  await other.waitForFunction(() => document.querySelectorAll('.bk.hold').length === 2);
  await form.goto(`${PANEL}/me`);
  await other.waitForFunction(() => document.querySelectorAll('.bk.hold').length === 0);
  for (const context of [li, zhou]) await context.close();
});

test('a form keeps its room by when that ends, not by when the form was opened', async () => {
  const [li, sun] = [await signedIn('li'), await signedIn('sun')];
  const { record: now } = await ask(sun, '/admin/booking-rules', undefined, 'get');
  const rules = { ...now.rules, release: '21:30', version: now.version };
  const short = await ask(sun, '/admin/booking-rules', { ...rules, hold_minutes: 2 });
  assert.ok(short.status < 300, JSON.stringify(short));
  const day = '2026-11-25 12:00';
  const { record: hold } = await ask(li, '/bookings/holds', { room: 'A4', at: day, minutes: 60 });
  const page = await li.newPage();
  await page.clock.install();
  await page.goto(`${PANEL}/bookings/new?room=A4&at=${encodeURIComponent(day)}&hold=${hold.id}`);
  await page.locator('[data-kept]', { hasText: /暂留 [12]:\d\d/ }).waitFor();
  const kept = page.waitForResponse((answer) => answer.url().endsWith(`/bookings/holds/${hold.id}`) && answer.request().method() === 'POST');
  await page.clock.fastForward('01:01');
  assert.equal((await kept).status(), 200);
  const long = await ask(sun, '/admin/booking-rules', { ...rules, version: short.record.version });
  assert.ok(long.status < 300, JSON.stringify(long));
  for (const context of [li, sun]) await context.close();
});

test('two who save the same room in the same moment: one has it, the other sees who and three others', async () => {
  const [li, zhou, sun] = [await signedIn('li'), await signedIn('zhou'), await signedIn('sun')];
  const board = await open(sun, '/rooms/board');
  const forms = [];
  for (const [context, name] of [[li, '王先生'], [zhou, '赵先生']]) {
    const page = await open(context, '/bookings/new');
    await page.fill('#b-name', name);
    await page.fill('#b-party', '6');
    await page.fill('#b-phone', '13800001234');
    await page.fill('#b-when', '19:00');
    await page.fill('#b-room', 'A3');
    forms.push(page);
  }
  const began = Date.now();
  await Promise.all(forms.map((page) => page.click('[data-save]')));
  const bar = board.locator('.bk[data-no]:not(.gone)').first();
  await bar.waitFor();
  const shown = Date.now() - began;
  assert.ok(shown < 1_500, `another open board showed it after ${shown} ms`);
  for (const page of forms) await page.waitForFunction(() => /\/bookings\/B/.test(location.pathname) || document.querySelector('form[data-booking] [data-said]')?.textContent);
  const won = forms.filter((page) => /\/bookings\/B/.test(page.url()));
  const lost = forms.filter((page) => !won.includes(page));
  assert.deepEqual([won.length, lost.length], [1, 1], 'one wins');
  const said = await lost[0].locator('form[data-booking] > [data-said]').textContent();
  assert.match(said, /A3.*已被.*(李红|小周)/, said);
  const elses = lost[0].locator('[data-elses] button');
  assert.equal(await elses.count(), 3, 'three others');
  await elses.first().click();
  await lost[0].click('[data-save]');
  await lost[0].waitForURL(/\/bookings\/B/);
  await board.waitForFunction(() => document.querySelectorAll('.bk[data-no]:not(.gone)').length === 2);
  for (const context of [li, zhou, sun]) await context.close();
});

test('a party is moved and lengthened by mouse, by keys and by two taps; what is taken goes back', async () => {
  const [li, zhou] = [await signedIn('li'), await signedIn('zhou')];
  const no = await book(li, '孙女士', 'A1', '21:30');
  const page = await open(li, '/rooms/board');
  const other = await open(zhou, '/rooms/board');
  const bar = page.locator(`.bk[data-no="${no}"]:not(.gone)`);
  const before = await rooms(li, no);

  // the mouse: to another room, an hour later
  const hour = (await lane(page, 'A1')).width / Number(await page.locator('#board').getAttribute('data-columns')) * 12;
  const from = await bar.boundingBox();
  const to = await lane(page, 'A2');
  await page.mouse.move(from.x + 20, from.y + from.height / 2);
  await page.mouse.down();
  await page.mouse.move(from.x + 30, from.y + from.height / 2, { steps: 3 });
  await page.mouse.move(from.x + 20 + hour, to.y, { steps: 8 });
  const began = Date.now();
  await page.mouse.up();
  await inRow(other, no, 'A2');
  assert.ok(Date.now() - began < 1_500, `the colleague's board followed after ${Date.now() - began} ms`);
  await inRow(page, no, 'A2');
  let now = await rooms(li, no);
  assert.deepEqual([now.rooms, Date.parse(now.at) - Date.parse(before.at)], ['A2', 3_600_000]);
  assert.match(await page.locator('#toast').textContent(), /A2/);

  // its edge: longer
  await page.waitForFunction((no) => !document.querySelector(`.bk[data-no="${no}"]:not(.gone)`).hasAttribute('aria-busy'), no);
  let box = await bar.boundingBox();
  await page.mouse.move(box.x + box.width - 4, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width + 10, box.y + box.height / 2, { steps: 3 });
  await page.mouse.move(box.x + box.width - 4 + hour / 2, box.y + box.height / 2, { steps: 5 });
  await page.mouse.up();
  await page.waitForFunction(async ([no, minutes]) => {
    const answer = await fetch(`/bookings/${no}`, { headers: { accept: 'application/json' } });
    return (await answer.json()).planned_minutes === minutes;
  }, [no, before.minutes + 30]);

  // the keys: a quarter earlier, shorter again, back to the first room, and taken back; each once it is confirmed
  await bar.focus();
  await page.keyboard.press('Alt+ArrowLeft');
  await page.keyboard.press('Enter');
  await page.waitForFunction(async ([no, at]) => {
    const answer = await fetch(`/bookings/${no}`, { headers: { accept: 'application/json' } });
    return Date.parse((await answer.json()).starts_at) === at;
  }, [no, Date.parse(before.at) + 2_700_000]);
  await page.waitForFunction((no) => !document.querySelector(`.bk[data-no="${no}"]:not(.gone)`).hasAttribute('aria-busy'), no);
  await bar.focus();
  await page.keyboard.press('Alt+Shift+ArrowLeft');
  await page.keyboard.press('Enter');
  await page.waitForFunction(async ([no, minutes]) => {
    const answer = await fetch(`/bookings/${no}`, { headers: { accept: 'application/json' } });
    return (await answer.json()).planned_minutes === minutes;
  }, [no, before.minutes + 15]);
  await page.waitForFunction((no) => !document.querySelector(`.bk[data-no="${no}"]:not(.gone)`).hasAttribute('aria-busy'), no);
  await bar.focus();
  await page.keyboard.press('Alt+ArrowUp');
  await page.keyboard.press('Enter');
  await inRow(page, no, 'A1');
  await page.keyboard.press('Control+z');
  await inRow(page, no, 'A2');

  // a finger: tap the party, tap a free row
  await page.waitForFunction((no) => !document.querySelector(`.bk[data-no="${no}"]:not(.gone)`).hasAttribute('aria-busy'), no);
  await page.keyboard.press('Escape'); // the keys had chosen it already
  await bar.click();
  await page.locator('#selected').waitFor();
  const first = await lane(page, 'A1');
  await page.mouse.click(first.x, first.y);
  await inRow(page, no, 'A1').catch(async () => { throw new Error(`no tap moved it: ${await page.locator('#toast').textContent()}`); });

  // what somebody has goes back where it was, and says who has it and what else there is
  const taken = await book(li, '钱先生', 'A4', '22:15');
  await page.locator(`.bk[data-no="${taken}"]`).waitFor();
  box = await bar.boundingBox();
  const full = await lane(page, 'A4');
  await page.mouse.move(box.x + 20, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + 30, box.y + box.height / 2, { steps: 3 });
  await page.mouse.move(box.x + 20, full.y, { steps: 6 });
  await page.mouse.up();
  await page.waitForFunction(() => /已被|钱先生/.test(document.getElementById('toast').textContent));
  const toast = await page.locator('#toast').textContent();
  assert.match(toast, /钱先生/, toast);
  assert.equal(await page.locator('#toast li').count(), 3, toast);
  await inRow(page, no, 'A1').catch(async () => { throw new Error(`not back: ${JSON.stringify(await rooms(li, no))} ${await page.locator('#toast').textContent()}`); });

  // a touched place is kept, everybody sees it, and closing gives it back
  const free = await lane(page, 'A2');
  await page.keyboard.press('Escape');
  await page.mouse.click(free.x + hour * 2.1, free.y);
  await other.locator('.bk.hold').waitFor();
  await page.locator('#toast button').last().click();
  await other.locator('.bk.hold').waitFor({ state: 'detached' });
  await ask(li, `/bookings/${taken}/cancellation`, { reason: '客人取消' });
  for (const context of [li, zhou]) await context.close();
});

test('a room is reached by its number, and rooms too small for a party are marked', async () => {
  const [li, sun] = [await signedIn('li'), await signedIn('sun')];
  const small = await ask(sun, '/admin/rooms', { name: 'B9', area_id: 1, class_id: 1, cap_min: 1, cap_max: 4, sort: 9 });
  assert.ok(small.status < 300, JSON.stringify(small));
  const page = await open(li, '/rooms/board');
  await page.keyboard.press('Shift+A');
  await page.keyboard.press('3');
  await page.keyboard.press('Enter');
  await page.locator('#selected', { hasText: '6位 A3' }).waitFor();
  const marked = await page.evaluate(() => [...document.querySelectorAll('.rm[data-room]')].map((rm) => [
    Number(rm.dataset.most) < 6, document.querySelector(`.lane.r${rm.dataset.row}`).classList.contains('warn')]));
  assert.ok(marked.some(([small]) => small) && marked.every(([small, warn]) => small === warn), JSON.stringify(marked));
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('.lane.warn').count(), 0);
  for (const context of [li, sun]) await context.close();
});

test('what waits for an answer comes onto an open board, and goes once it is answered', async () => {
  const [li, sun] = [await signedIn('li'), await signedIn('sun')];
  const page = await open(li, '/rooms/board');
  await page.evaluate(() => { window.untouched = true; });
  const sent = await ask(sun, '/notices', { text: '三楼漏水，请回话', role: 'operator', must_ack: true });
  assert.ok(sent.status < 300, JSON.stringify(sent));
  const banner = page.locator('#banners .ask', { hasText: '三楼漏水' });
  await banner.waitFor();
  const { record } = await ask(sun, `/notices/${sent.record.id}`, undefined, 'get');
  const lamp = record.receipts.find((one) => one.name === '李红');
  assert.ok(lamp.delivered_at, 'it stood on a screen of theirs');
  await banner.getByRole('button').click();
  await banner.waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => window.untouched), true, 'the page was not loaded anew');
  for (const context of [li, sun]) await context.close();
});

test('a finger that rests on a party takes it along', async () => {
  const li = await signedIn('li', { ...TABLET, isMobile: true });
  const no = await book(li, '郑先生', 'A2', '17:30', 6, 60);
  const page = await open(li, '/rooms/board');
  await page.locator('#timeline').scrollIntoViewIfNeeded();
  const box = await page.locator(`.bk[data-no="${no}"]:not(.gone)`).boundingBox();
  const to = await lane(page, 'A4');
  const fingers = await li.newCDPSession(page);
  const touch = (type, ...touchPoints) => fingers.send('Input.dispatchTouchEvent', { type, touchPoints });
  const at = { x: box.x + 20, y: box.y + box.height / 2 };
  await touch('touchStart', at);
  await page.locator('.lifted').waitFor();
  for (let k = 1; k <= 8; k += 1) await touch('touchMove', { x: at.x, y: at.y + (to.y - at.y) * k / 8 });
  // news while it is in the hand: the board waits
  const later = await book(li, '冯先生', 'A2', '23:00', 6, 60);
  assert.equal(await page.locator('.lifted').count(), 1, 'still in the hand');
  await touch('touchEnd');
  await inRow(page, no, 'A4');
  assert.equal((await rooms(li, no)).rooms, 'A4');
  await page.locator('.bk b', { hasText: '冯先生' }).waitFor();
  for (const one of [no, later]) await ask(li, `/bookings/${one}/cancellation`, { reason: '客人取消' });
  await li.close();
});

test('a greeter hears of it, answers, and taps without a network what is at the desk once it is back', async () => {
  const [li, jia] = [await signedIn('li'), await signedIn('jia', PHONE)];
  const no = await book(li, '周女士', 'A4', '17:20', 4, 60);
  const phone = await open(jia, '/my/floor');
  await phone.locator('.called').first().waitFor();
  // what was called out before is answered
  for (let many = await phone.locator('.called').count(); many > 0; many = await phone.locator('.called').count()) {
    await phone.locator('.called .got').first().click();
    await phone.waitForFunction((many) => document.querySelectorAll('.called').length < many, many);
  }
  const began = Date.now();
  await ask(li, `/bookings/${no}/change`, { room: 'A1' });
  const call = phone.locator('.called');
  await call.waitFor();
  assert.ok(Date.now() - began < 1_500, `the telephone showed it after ${Date.now() - began} ms`);
  assert.deepEqual(await call.locator('.from-to b').allTextContents(), ['A4', 'A1']);
  // what stands against it is one tap, and the desk owes an answer
  assert.equal(await call.locator('.but button').count(), 2);
  await call.locator('.but button').last().click();
  await phone.waitForFunction(() => document.documentElement.dataset.unsent === '0');
  const owed = await ask(li, '/follow-ups', undefined, 'get');
  assert.ok(JSON.stringify(owed.record).includes('A1 没备好'), JSON.stringify(owed.record));

  // the operator hears one on the radio: Y ticks the next name
  const board = await open(li, '/rooms/board');
  const silent = board.locator('form[data-voice]');
  const many = await silent.count();
  assert.ok(many >= 3, `${many} lamps are dark`);
  await board.keyboard.press('Shift+Y');
  await board.waitForFunction((many) => document.querySelectorAll('form[data-voice]').length === many - 1, many);

  // no network: the answer and the arrival wait, and survive a reload
  await phone.evaluate(() => navigator.serviceWorker.ready);
  await phone.reload();
  await phone.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await phone.reload();
  await phone.locator('#floor-1').waitFor();
  await jia.setOffline(true);
  const answered = await phone.locator('.called').count() > 0;
  if (answered) await phone.locator('.called .got').first().click();
  await phone.locator('#f-1-arrival button').click();
  const waits = answered ? '2' : '1';
  await phone.waitForFunction((waits) => document.documentElement.dataset.unsent === waits, waits);
  assert.match(await phone.locator('#unsent').textContent(), new RegExp(`${waits} 项未送出`));
  assert.match(await phone.locator('#floor-1 [data-said]').last().textContent(), /未送出/);
  await phone.reload();
  await phone.waitForFunction((waits) => document.documentElement.dataset.unsent === waits, waits);
  if (OUT) await phone.screenshot({ path: `${OUT}/floor.offline.png`, fullPage: true });
  assert.equal((await ask(li, `/bookings/${no}`, undefined, 'get')).record.state, 'booked');
  await jia.setOffline(false);
  await phone.evaluate(() => dispatchEvent(new Event('online')));
  await phone.waitForFunction(() => document.documentElement.dataset.unsent === '0', null, { timeout: 15_000 });
  assert.equal((await ask(li, `/bookings/${no}`, undefined, 'get')).record.state, 'arrived');
  await board.locator(`.bk.arrived[data-no="${no}"]`).waitFor();
  await phone.waitForFunction(() => document.querySelectorAll('.called').length === 0);
  for (const context of [li, jia]) await context.close();
});

test('the tools of the board stay one row however many states its rooms show', async () => {
  for (const [locale, words] of [['zh-CN', ['空房', '已订', '将到', '迟到', '已到', '在用', '待清', '维修']], ['en', ['Vacant', 'Booked', 'Due soon', 'Late', 'Here', 'In use', 'Dirty', 'Out of order']]]) {
    const context = await signedIn('li', { ...DESK, locale });
    const page = await open(context, '/rooms/board');
    const seen = await page.evaluate((words) => {
      const legend = document.querySelector('.tools .legend');
      legend.innerHTML = words.map((word) => `<li><i class="sw booked"></i>${word} <b>10</b></li>`).join('');
      return { high: document.querySelector('.tools').clientHeight, one: document.querySelector('.tools .btn').offsetHeight, all: legend.scrollWidth, shown: legend.clientWidth };
    }, words);
    assert.ok(seen.high < seen.one * 1.5, `${locale}: one row: ${JSON.stringify(seen)}`);
    assert.ok(seen.all <= seen.shown + 1, `${locale}: every state is seen: ${JSON.stringify(seen)}`);
    await context.close();
  }
});

test('on paper the board is as long as its rooms', async () => {
  const li = await signedIn('li');
  const page = await open(li, '/rooms/board');
  await page.emulateMedia({ media: 'print' });
  const tall = await page.evaluate(() => document.documentElement.scrollHeight);
  assert.ok(tall < 1_000, `four rooms are ${tall} pixels tall`);
  // who works in the dark prints on white paper all the same
  await page.evaluate(() => { document.documentElement.dataset.theme = 'dark'; });
  const paper = await page.evaluate(() => {
    const light = (colour) => colour.match(/\d+/g).slice(0, 3).map(Number).reduce((a, b) => a + b);
    // what is transparent is as white as the paper
    const grounds = [document.body, document.documentElement].map((el) => getComputedStyle(el).backgroundColor);
    return [light(grounds.find((colour) => !colour.endsWith(', 0)')) ?? 'rgb(255, 255, 255)'), light(getComputedStyle(document.body).color)];
  });
  assert.ok(paper[0] === 765 && paper[1] < 200, `dark words on white: ${paper}`);
  const pages = (await page.pdf({ preferCSSPageSize: true })).toString('latin1').match(/\/Type \/Page\b(?!s)/g);
  assert.equal(pages.length, 1, 'one sheet');
  await li.close();
});

test('a move that a supervisor must allow is asked for where it was refused', async () => {
  const [li, sun] = [await signedIn('li'), await signedIn('sun')];
  for (const price of [{ class_id: 1, min_spend: '600' }, { room_id: 1, min_spend: '1200' }]) {
    const { status, record } = await ask(sun, '/admin/room-prices', { ...price, valid_from: '2026-11-24' });
    assert.ok(status < 300, JSON.stringify(record));
  }
  const no = await book(li, '吴先生', 'A1', '2026-11-24 19:00');
  const page = await open(li, '/rooms/board?date=2026-11-24');
  await page.locator(`.bk[data-no="${no}"]:not(.gone)`).click();
  const to = await lane(page, 'A2');
  await page.mouse.click(to.x, to.y);
  await page.locator('#toast button', { hasText: '请主管批准' }).click();
  await page.locator('#toast', { hasText: '已请主管批准' }).waitFor();
  assert.equal((await rooms(li, no)).rooms, 'A1', 'nothing is moved before somebody has answered');
  const { record: waits } = await ask(sun, '/bookings/approvals', undefined, 'get');
  const one = waits.items.find((one) => one.no === no);
  const granted = await ask(sun, `/bookings/approvals/${one.id}`, {});
  assert.equal(granted.status, 200, JSON.stringify(granted));
  await inRow(page, no, 'A2');

  // what was typed into the form of a change is done, and stands there no longer
  const form = await open(li, `/bookings/${no}`);
  await form.fill('#c-room', 'A3');
  await form.locator('#change button').click();
  await form.waitForFunction(() => document.getElementById('c-room').value === '');
  assert.equal((await rooms(li, no)).rooms, 'A3');
  for (const context of [li, sun]) await context.close();
});

test('a move into a room that is too small goes on with a reason, written where it was refused', async () => {
  const li = await signedIn('li');
  const wish = { name: '钱先生', party: 9, phone: '13800001234', when: '2026-11-26 19:00', room: ['A4'], reason: '客人坚持' };
  const { status, record: { no } } = await ask(li, '/bookings', wish);
  assert.equal(status, 200);
  const page = await open(li, '/rooms/board?date=2026-11-26');
  const bar = page.locator(`.bk[data-no="${no}"]:not(.gone)`);
  await bar.click();
  const to = await lane(page, 'A3');
  await page.mouse.click(to.x, to.y);
  const field = page.locator('#toast input[name=reason]');
  await field.waitFor();
  assert.equal((await rooms(li, no)).rooms, 'A4', 'nothing is moved before there is a reason');
  await field.fill('客人坚持');
  await field.press('Enter');
  await inRow(page, no, 'A3');
  await page.waitForFunction(async (no) => {
    const answer = await fetch(`/bookings/${no}`, { headers: { accept: 'application/json' } });
    return (await answer.json()).rooms[0].room === 'A3';
  }, no);

  // a move by keys that waits for its word: what is chosen still has the room it has
  await bar.focus();
  for (const room of ['A2', 'A1']) {
    await page.keyboard.press('Alt+ArrowUp');
    await page.locator('#toast', { hasText: `${room} 19:00` }).waitFor();
  }
  assert.match(await page.locator('#selected').textContent(), /已选 钱先生 9位 A3/);
  await page.keyboard.press('Escape');
  await ask(li, `/bookings/${no}/cancellation`, { reason: '客人取消' });
  await li.close();
});

if (OUT) test('the board and the floor in both languages, themes and sizes, and on paper', async () => {
  mkdirSync(OUT, { recursive: true });
  const li = await signedIn('li');
  await ask(li, '/waitlist', { name: '孙悦', party: 8, phone: '13801584420', from: '19:30', to: '23:00', minutes: 90 });
  const wang = await book(li, '王先生', 'A2', '18:00', 8);
  await ask(li, `/bookings/${wang}/change`, { room: 'A4' });
  for (const [look, options] of Object.entries({ desk: DESK, tablet: TABLET, phone: PHONE })) {
    for (const colorScheme of ['light', 'dark']) {
      for (const locale of ['zh-CN', 'en']) {
        for (const [who, name, path] of [['li', 'board', '/rooms/board'], ['jia', 'floor', '/my/floor']]) {
          const context = await signedIn(who, { ...options, colorScheme, locale });
          const page = await open(context, path);
          assert.ok(await page.evaluate(() => document.getElementById('main').getBoundingClientRect().right <= innerWidth + 1), `${name} ${look} ${locale} sticks out`);
          await page.screenshot({ path: `${OUT}/${name}.${look}.${colorScheme}.${locale}.png` });
          if (name === 'board' && look === 'desk' && colorScheme === 'light') {
            await page.pdf({ path: `${OUT}/board.${locale}.pdf`, preferCSSPageSize: true });
            await page.emulateMedia({ media: 'print' });
            await page.screenshot({ path: `${OUT}/board.print.${locale}.png`, fullPage: true });
          }
          await context.close();
        }
      }
    }
  }
  await li.close();
});

test('nothing was said in a browser’s console', () => assert.deepEqual(troubles, []));
