// The form of a new booking and what becomes of it: handed on to the waitlist, left and taken up again, guests who
// stand at the door, a reason that is asked for, and the way back to where the booking stands on the board.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { PANEL, browser, caret, cutHints, open, test } from './house.mjs';

const DESK = { viewport: { width: 1440, height: 900 }, locale: 'zh-CN', reducedMotion: 'reduce' };
const troubles = [];

let opened;
before(async () => { opened = await browser(); });
after(() => opened.close());

async function signedIn(who, options = DESK) {
  const context = await opened.newContext(options);
  await context.addCookies([{ name: 'switchboard_session', value: process.env[`SESSION_${who.toUpperCase()}`], url: PANEL }]);
  context.on('page', (page) => page.on('pageerror', (error) => troubles.push(String(error))));
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

test('whoever finds no room waits with what was said, and the form is empty for the next', async () => {
  const li = await signedIn('li');
  const page = await open(li, '/bookings/new');
  await page.fill('#q-line', '严先生 8 今晚8点半 小包 13812345678 生日');
  await page.waitForFunction(() => document.getElementById('b-phone').value !== '');
  await page.click('[data-to-waitlist]');
  await page.waitForURL(/\/waitlist/);
  const fields = await page.evaluate(() => Object.fromEntries(['name', 'party', 'phone', 'from', 'note'].map((name) => [name, document.getElementById('wait-new').elements[name].value])));
  assert.deepEqual(fields, { name: '严先生', party: '8', phone: '138 1234 5678', from: '2026-11-23 20:30', note: '生日' });
  assert.equal(await page.locator('#w-class option:checked').textContent(), '小包');
  assert.equal(new URL(page.url()).hash, '', 'nobody reads a number in the address');
  await page.click('#wait-new button.go');
  await page.locator('#waitlist', { hasText: '严先生' }).waitFor();
  await page.waitForFunction(() => document.getElementById('w-name').value === '');
  assert.deepEqual(await page.locator('#wait-new .in').evaluateAll((all) => all.map((one) => one.value).filter(Boolean)), []);
  const { record } = await ask(li, '/waitlist', undefined, 'get');
  const one = record.items.find((entry) => entry.name === '严先生');
  assert.equal(record.items.length, 1, 'once');
  await ask(li, `/waitlist/${one.id}`, undefined, 'delete');
  await li.close();
});

test('guests at the door are shown what is free now and until when, before they sit down', async () => {
  const li = await signedIn('li');
  const next = await book(li, '吴女士', 'A1', '18:30', 6, 60);
  const page = await open(li, '/bookings/new?walk_in=on');
  assert.equal(await page.locator('#b-when').isVisible(), false, 'they are here now');
  await page.fill('#b-party', '8');
  const suit = page.locator('[data-suits] button', { hasText: /^A1/ });
  await suit.waitFor();
  assert.match(await suit.textContent(), /可坐到 18:15/);
  await suit.click();
  assert.equal(await page.locator('input[name=shorten]').isChecked(), true, 'whoever takes it has read it');
  await page.click('[data-save]');
  await page.waitForURL(/\/bookings\/B/);
  const no = new URL(page.url()).pathname.split('/').pop();
  const { record } = await ask(li, `/bookings/${no}`, undefined, 'get');
  assert.deepEqual([record.state, record.source, record.rooms[0].room], ['in_room', 'walk_in', 'A1']);
  await ask(li, `/bookings/${no}/departure`, {});
  await ask(li, '/rooms/1/readiness', { state: 'ready' });
  await ask(li, `/bookings/${next}/cancellation`, { reason: '客人取消' });
  await li.close();
});

test('what was written and left is offered to whoever opens the form again, and nobody else', async () => {
  const [li, zhou] = [await signedIn('li'), await signedIn('zhou')];
  const page = await open(li, '/bookings/new');
  await caret(page, '#q-line');
  await page.fill('#b-name', '施女士');
  await page.fill('#b-party', '5');
  await page.goto(`${PANEL}/rooms/board`);
  await page.goto(`${PANEL}/bookings/new`);
  await page.locator('[data-left]', { hasText: '施女士' }).waitFor();
  assert.equal(await page.inputValue('#b-name'), '', 'the next caller is not asked to be them');
  await page.click('[data-left-take]');
  assert.deepEqual([await page.inputValue('#b-name'), await page.inputValue('#b-party')], ['施女士', '5']);
  await page.fill('#b-phone', '13800004321');
  await page.fill('#b-when', '2026-11-26 19:00');
  await page.click('[data-save]');
  await page.waitForURL(/\/bookings\/B/);
  const no = new URL(page.url()).pathname.split('/').pop();
  // back on the board it is seen where it stands
  await page.click('a.back');
  await page.locator(`.bk[data-no="${no}"]`).first().waitFor();
  await page.goto(`${PANEL}/bookings/new`);
  assert.equal(await page.locator('[data-left]').isVisible(), false, 'it is a booking now');
  const other = await open(zhou, '/bookings/new');
  assert.equal(await other.locator('[data-left]').isVisible(), false);
  await ask(li, `/bookings/${no}/cancellation`, { reason: '客人取消' });
  for (const context of [li, zhou]) await context.close();
});

test('where a reason lets it pass there is a place to write one', async () => {
  const li = await signedIn('li');
  const page = await open(li, '/bookings/new');
  await page.fill('#b-name', '葛先生');
  await page.fill('#b-party', '14');
  await page.fill('#b-phone', '13800004322');
  await page.fill('#b-when', '20:00');
  await page.fill('#b-room', 'A2');
  await page.click('[data-save]');
  await caret(page, '#b-reason');
  await page.keyboard.type('客人坚持');
  await page.keyboard.press('Control+Enter');
  await page.waitForURL(/\/bookings\/B/);
  const no = new URL(page.url()).pathname.split('/').pop();
  // the room is not ready: the page asks why before it is refused
  await ask(li, '/rooms/2/readiness', { state: 'dirty' });
  await page.locator('#seat input[name=reason]').waitFor();
  const board = await open(li, '/rooms/board');
  await board.locator(`.bk[data-no="${no}"]`).focus();
  await board.keyboard.press('i');
  const way = board.locator('#toast a');
  await way.waitFor();
  await way.click();
  await board.waitForURL(/#seat$/);
  await caret(board, '#seat input[name=reason]');
  await board.keyboard.type('客人急着坐');
  await board.keyboard.press('Enter');
  await board.locator('#depart').waitFor();
  await ask(li, `/bookings/${no}/departure`, {});
  // what they paid is written later, and stands on the page
  await board.locator('#bill input[name=bill]').fill('1280');
  await board.locator('#bill button').click();
  await board.locator('#card', { hasText: '¥1,280.00' }).waitFor();
  await ask(li, '/rooms/2/readiness', { state: 'ready' });
  await li.close();
});

test('guests who came and left again, and what else is written of a booking', async () => {
  const li = await signedIn('li');
  const no = await book(li, '卞女士', 'A4', '17:30', 4, 60);
  const page = await open(li, `/bookings/${no}`);
  await page.fill('#d-deposit', '500');
  await page.fill('#d-occasion', '寿宴');
  await page.click('#edit button:not([type=button])');
  await page.locator('#card', { hasText: '¥500.00' }).waitFor();
  await page.locator('#arrive button').click();
  await page.locator('#left input[name=reason]').fill('等不及');
  await page.locator('#left button').click();
  await page.locator('#card', { hasText: '到店离开' }).waitFor();
  await li.close();
});

test('a greeter who types a room keeps it when a call is answered above', async () => {
  const [li, jia] = [await signedIn('li'), await signedIn('jia', { ...DESK, viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })];
  const sits = await book(li, '叶女士', 'A1', '17:00', 4, 60);
  const seated = await ask(li, `/bookings/${sits}/seat`, {});
  assert.equal(seated.status, 200, JSON.stringify(seated.record));
  const moves = await book(li, '秦先生', 'A3', '19:00', 4, 60);
  const phone = await open(jia, '/my/floor');
  let fell = false;
  phone.on('crash', () => { fell = true; });
  for (const room of ['A4', 'A3']) {
    await ask(li, `/bookings/${moves}/change`, { room });
    const called = phone.locator('.called', { hasText: '秦先生' }).filter({ hasText: `→${room}` });
    await called.waitFor();
    await phone.fill('#floor-1 input[name=to]', 'A2');
    await called.locator('.got').click();
    await called.waitFor({ state: 'detached' });
    assert.equal(await phone.inputValue('#floor-1 input[name=to]'), 'A2');
  }
  assert.equal(fell, false);
  // and when the party leaves, its field goes: a browser fell over there
  await ask(li, `/bookings/${sits}/departure`, {});
  await phone.locator('#floor-1 input[name=to]').waitFor({ state: 'detached' });
  assert.equal(fell, false);
  await ask(li, '/rooms/1/readiness', { state: 'ready' });
  await ask(li, `/bookings/${moves}/cancellation`, { reason: '客人取消' });
  for (const context of [li, jia]) await context.close();
});

test('the buttons of a room stand in one line on a narrow telephone, in both languages', async () => {
  const li = await signedIn('li');
  const comes = await book(li, '温女士', 'A1', '17:20', 4, 60);
  for (const locale of ['zh-CN', 'en-GB']) {
    const jia = await signedIn('jia', { ...DESK, locale, viewport: { width: 320, height: 844 }, hasTouch: true, isMobile: true });
    const phone = await open(jia, '/my/floor');
    for (const width of [390, 320]) {
      await phone.setViewportSize({ width, height: 844 });
      const buttons = phone.locator('#floor-1 .five form:not(:has(.in)) .btn');
      assert.ok(await buttons.count() > 1);
      const tops = await buttons.evaluateAll((all) => all.map((one) => Math.round(one.getBoundingClientRect().top)));
      assert.equal(new Set(tops).size, 1, `${locale} ${width}: ${tops}`);
    }
    await jia.close();
  }
  await ask(li, `/bookings/${comes}/cancellation`, { reason: '客人取消' });
  await li.close();
});

test('where nobody can be asked which rooms suit the page says so, and goes on by itself', async () => {
  const li = await signedIn('li');
  const page = await open(li, '/bookings/new');
  const said = page.locator('[data-unasked]');
  await page.fill('#b-party', '6');
  await page.fill('#b-when', '20:00');
  await page.locator('[data-suits] button').first().waitFor();
  assert.equal(await said.isVisible(), false);
  // the net is gone, and the rooms of before suit nobody any more
  await page.route('**/bookings/draft?*', (route) => route.abort());
  await page.fill('#b-party', '8');
  await said.filter({ hasText: '连不上系统' }).waitFor();
  assert.equal(await page.locator('[data-suits] button').count(), 0);
  // the house is broken, which is no better
  await page.unroute('**/bookings/draft?*');
  await page.route('**/bookings/draft?*', (route) => route.fulfill({ status: 503, contentType: 'text/html', body: 'away' }));
  await page.fill('#b-party', '7');
  await said.filter({ hasText: '连不上系统' }).waitFor();
  // nobody types again
  await page.unroute('**/bookings/draft?*');
  await page.locator('[data-suits] button').first().waitFor();
  assert.equal(await said.isVisible(), false);
  // what cannot be understood is said in the house's words
  await page.fill('#b-minutes', 'abc');
  await said.waitFor();
  assert.doesNotMatch(await said.textContent(), /连不上系统/);
  await page.fill('#b-minutes', '90');
  await said.waitFor({ state: 'hidden' });
  await li.close();
});

test('no hint in a form is cut off on the narrowest telephones, in either language', async () => {
  for (const locale of ['zh-CN', 'en-GB']) {
    const li = await signedIn('li', { ...DESK, locale, viewport: { width: 320, height: 844 }, hasTouch: true, isMobile: true });
    for (const path of ['/bookings/new', '/banquets', '/waitlist', '/messages/new', '/faults/new']) {
      const page = await open(li, path);
      assert.ok(await page.locator('main input[placeholder]:visible').count() > 0, `${locale} ${path}: no field has a hint`);
      assert.deepEqual(await cutHints(page), [], `${locale} ${path}`);
      await page.close();
    }
    await li.close();
  }
});

test('what is kept says by whom, and a place that was offered instead is one press away', async () => {
  const [li, zhou] = [await signedIn('li'), await signedIn('zhou')];
  const { record: hold } = await ask(zhou, '/bookings/holds', { room: 'A4', at: '20:00', minutes: 60 });
  const no = await book(li, '骆先生', 'A3', '20:00', 4, 60);
  const page = await open(li, '/rooms/board');
  assert.match(await page.locator('.bk.hold').textContent(), /小周.*保留至 17:\d\d/);
  const bar = page.locator(`.bk[data-no="${no}"]:not(.gone)`);
  await bar.focus();
  await page.keyboard.press('Alt+ArrowDown');
  await page.keyboard.press('Enter');
  const other = page.locator('#toast button').first();
  await other.waitFor();
  const where = await other.textContent();
  await other.click();
  await page.locator('#toast', { hasText: /骆先生.*→ A/ }).waitFor();
  const { record } = await ask(li, `/bookings/${no}`, undefined, 'get');
  assert.ok(where.startsWith(record.rooms[0].room), `${where}: ${JSON.stringify(record.rooms)}`);
  await ask(zhou, `/bookings/holds/${hold.id}`, undefined, 'delete');
  await ask(li, `/bookings/${no}/cancellation`, { reason: '客人取消' });
  for (const context of [li, zhou]) await context.close();
});

test('of a room that is typed it is said at once who has it', async () => {
  const [li, zhou] = [await signedIn('li'), await signedIn('zhou')];
  const { record: hold } = await ask(zhou, '/bookings/holds', { room: 'A4', at: '20:00', minutes: 60 });
  const page = await open(li, '/bookings/new');
  const had = page.locator('[data-had]');
  assert.ok(await had.isHidden());
  await page.locator('#b-when').fill('20:00');
  await page.locator('#b-room').fill('A4');
  await had.filter({ hasText: /A4 .*小周/ }).waitFor();
  await page.locator('#b-room').fill('A5');
  await had.waitFor({ state: 'hidden' });
  await ask(zhou, `/bookings/holds/${hold.id}`, undefined, 'delete');
  for (const context of [li, zhou]) await context.close();
});

test('nothing was said in a browser’s console', () => assert.deepEqual(troubles, []));
