// What is told is read back while it is typed, on the forms of a booking and of a fault; and a recorded
// call is practised with the key.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { PANEL, browser, test } from './house.mjs';

const troubles = [];
let opened;
before(async () => { opened = await browser(); });
after(() => opened.close());

async function desk() {
  const context = await opened.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN', reducedMotion: 'reduce' });
  await context.addCookies([{ name: 'switchboard_session', value: process.env.SESSION_LI, url: PANEL }]);
  context.on('page', (page) => {
    page.on('pageerror', (error) => troubles.push(String(error)));
    page.on('console', (said) => { if (/Content Security Policy/.test(said.text())) troubles.push(said.text()); });
  });
  return context;
}

async function open(context, path) {
  const page = await context.newPage();
  await page.goto(PANEL + path);
  await page.waitForFunction(() => document.documentElement.dataset.stream === 'up' || document.documentElement.dataset.stale === 'live');
  return page;
}

const parts = (page, form) => ({
  said: page.locator(`${form} [data-sentence]`),
  tick: page.locator(`${form} input[name=read]`),
  todo: page.locator(`${form} mark.todo`),
});

test('a booking: the quick line fills the sentence, a key ticks it, a later edit takes the tick away', async () => {
  const context = await desk();
  const page = await open(context, '/bookings/new');
  const { said, tick, todo } = parts(page, '#booking');
  await page.locator('#q-line').focus();
  await page.keyboard.type('王先生 8位 明天19:00 13800001234');
  await page.waitForFunction(() => document.querySelector('#booking [data-sentence]').textContent.includes('138 0000 1234'));
  assert.match(await said.innerText(), /^“跟您确认一下：王先生，8位，11月24日 周二 19:00，.*电话 138 0000 1234。请问对吗？”$/);
  await page.keyboard.press('Alt+1');
  assert.deepEqual([await tick.isChecked(), await todo.count()], [true, 0]);
  await page.locator('#b-party').fill('9');
  assert.deepEqual([await tick.isChecked(), await todo.allInnerTexts()], [false, ['9位']], 'only what has changed is marked');
  await page.keyboard.press('Alt+1');
  await page.keyboard.press('Control+Enter');
  await page.waitForURL(/\/bookings\/B/);
  const read = await page.locator('.read').innerText();
  assert.match(read, /已复述/);
  assert.doesNotMatch(read, /，\s*房，/, 'no room yet, and none is said');
  // the form of a change begins as it was read, and an edit un-ticks it
  const edit = parts(page, '#edit');
  assert.deepEqual([await edit.tick.isChecked(), await edit.todo.count()], [true, 0]);
  await page.locator('#d-party').fill('7');
  assert.deepEqual([await edit.tick.isChecked(), await edit.todo.allInnerTexts()], [false, ['7位']]);
  await context.close();
});

test('without a network what was written stays on the form, and goes out once there is one', async () => {
  const context = await desk();
  const page = await open(context, '/faults/new');
  await page.locator('#fault-form [name=symptom]').fill('不能丢的话');
  await context.setOffline(true);
  await page.keyboard.press('Control+Enter');
  await page.waitForFunction(() => document.querySelector('#fault-form [data-said]')?.textContent.includes('没有保存成功'));
  assert.equal(new URL(page.url()).pathname, '/faults/new');
  assert.equal(await page.locator('#fault-form [name=symptom]').inputValue(), '不能丢的话');
  await context.setOffline(false);
  await page.keyboard.press('Control+Enter');
  await page.waitForURL(/\/faults\/F/);
  await context.close();
});

test('a fault that was sent after its session had ended is there again after signing in, and goes once it has arrived', async () => {
  const context = await desk();
  const page = await open(context, '/faults/new');
  const field = (name) => page.locator(`#fault-form [name=${name}]`);
  // Enter goes on through what is written, chosen and ticked, and sends nothing
  await field('caller_name').fill('王建国');
  for (const next of ['caller_number', 'company']) {
    await page.keyboard.press('Enter');
    assert.equal(await field(next).evaluate((one) => one === document.activeElement), true, next);
  }
  await page.locator('#fault-form [name=urgency][value="1"]').focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('Enter');
  assert.equal(await field('category').evaluate((one) => one === document.activeElement), true);
  await field('symptom').fill('会话过期也不能丢');
  assert.equal(new URL(page.url()).pathname, '/faults/new');
  // a fault of another customer is not begun with these words, and nobody but their writer is shown them
  await page.waitForFunction(() => Object.keys(localStorage).some((key) => key.startsWith(`draft ${document.body.dataset.who} faults/new/`)));
  const another = await open(context, '/faults/new?number=02584523317');
  assert.equal(await another.locator('#fault-form [name=symptom]').inputValue(), '');
  await another.close();
  const session = await context.cookies();
  await context.addCookies([{ name: 'switchboard_session', value: process.env.SESSION_ZHOU, url: PANEL }]);
  const colleague = await open(context, '/faults/new');
  assert.equal(await colleague.locator('#fault-form [name=symptom]').inputValue(), '');
  await colleague.close();
  await context.clearCookies();
  await field('symptom').focus();
  await page.keyboard.press('Control+Enter');
  await page.waitForURL(/\/sign-in\?next=/);
  assert.equal(new URL(page.url()).searchParams.get('next'), '/faults/new');
  await context.addCookies(session);
  await page.goto(`${PANEL}/faults/new`);
  await page.waitForFunction(() => document.querySelector('#fault-form [name=symptom]').value === '会话过期也不能丢');
  assert.deepEqual([await field('caller_name').inputValue(), await page.locator('[name=urgency]:checked').inputValue()], ['王建国', '1']);
  await page.locator('[data-draft-said]').getByText('已恢复').waitFor();
  await field('symptom').focus();
  await page.keyboard.press('Control+Enter');
  await page.waitForURL(/\/faults\/F/);
  await page.goto(`${PANEL}/faults/new`);
  await page.waitForFunction(() => document.documentElement.dataset.stream === 'up');
  assert.equal(await field('symptom').inputValue(), '', 'what has arrived is kept no longer');
  // who signs out leaves nothing behind that was half written
  await field('symptom').fill('没写完的');
  await page.waitForFunction(() => Object.keys(localStorage).some((key) => key.startsWith('draft ')));
  const out = await context.newPage();
  await out.goto(`${PANEL}/me`);
  await out.evaluate(() => document.querySelector('form[action="/sign-out"]').addEventListener('submit', (event) => event.preventDefault()));
  await page.close();
  assert.ok(await out.evaluate(() => Object.keys(localStorage).some((key) => key.startsWith('draft '))));
  await out.locator('form[action="/sign-out"] button').click();
  assert.equal(await out.evaluate(() => Object.keys(localStorage).some((key) => key.startsWith('draft '))), false);
  await context.close();
});

test('a mark of direction in a name turns nothing around in the sentence after it', async () => {
  const context = await desk();
  const page = await open(context, '/bookings/new');
  await page.locator('#b-name').fill('王\u202egnp.exe');
  await page.locator('#b-party').fill('8');
  await page.waitForFunction(() => document.querySelector('#booking [data-sentence]').textContent.includes('8位'));
  const order = await page.locator('#booking [data-sentence]').evaluate((sentence) => {
    const walk = document.createTreeWalker(sentence, NodeFilter.SHOW_TEXT);
    let at;
    while (walk.nextNode()) if (walk.currentNode.data.includes('对吗')) at = walk.currentNode;
    const left = (sign) => {
      const range = document.createRange();
      range.setStart(at, at.data.indexOf(sign));
      range.setEnd(at, at.data.indexOf(sign) + 1);
      return range.getBoundingClientRect().left;
    };
    return [left('对'), left('吗')];
  });
  assert.ok(order[0] < order[1], `${order}`);
  await context.close();
});

test('a fault: the sentence grows with its fields and is kept with it', async () => {
  const context = await desk();
  const page = await open(context, '/faults/new');
  const { said, tick, todo } = parts(page, '#fault-form');
  assert.equal(await page.locator('#fault-form .read-back').getAttribute('data-nothing'), 'true');
  for (const [field, text] of [['caller_name', '王建国'], ['caller_number', '02584523317'], ['place', '3楼机房'], ['symptom', 'UPS 红灯']]) await page.locator(`#${field}`).fill(text);
  assert.equal(await said.innerText(), '“跟您确认一下：王建国，电话 025 8452 3317，3楼机房，UPS 红灯。请问对吗？”');
  await page.keyboard.press('Alt+1');
  assert.deepEqual([await tick.isChecked(), await todo.count()], [true, 0]);
  await page.locator('#place').fill('4楼机房');
  assert.deepEqual([await tick.isChecked(), await todo.allInnerTexts()], [false, ['4楼机房']]);
  await page.keyboard.press('Alt+1');
  await page.locator('#fault-form button.go').click();
  await page.waitForURL(/\/faults\/F/);
  assert.match(await page.locator('#fault').innerText(), /已复述/);
  await context.close();
});

test('a field that is being written is never beneath what is read back, however long that is', async () => {
  const context = await desk();
  const page = await open(context, '/faults/new');
  await page.locator('#symptom').fill('很长的现象，一直说下去，'.repeat(60));
  for (const name of ['promised', 'plan', 'tried', 'category', 'symptom', 'serial']) {
    await page.locator(`#${name}`).focus();
    if (['category', 'serial'].includes(name)) await page.keyboard.type('x');
    const seen = await page.evaluate(() => {
      const box = document.activeElement.getBoundingClientRect();
      const there = document.elementFromPoint(box.left + box.width / 2, Math.max(1, box.bottom - 4));
      return document.activeElement.contains(there);
    });
    assert.equal(seen, true, name);
  }
  const bar = await page.locator('.read-back').boundingBox();
  assert.ok(bar.height < 190, `the sentence leaves room: ${bar.height}`);
  await context.close();
});

test('what was typed into the record of a call and is not saved yet comes along into its fault', async () => {
  const context = await desk();
  const page = await open(context, '/calls/1');
  const record = page.locator('#record-1');
  await record.locator('[name=where]').fill('三层东侧');
  await record.locator('[name=what]').fill('整层都打不了印');
  await page.locator('#record [data-key="f"]').click();
  await page.waitForURL('**/faults/new?call=1');
  await page.waitForFunction(() => document.querySelector('#fault-form [name=symptom]').value === '整层都打不了印');
  assert.equal(await page.locator('#fault-form [name=place]').inputValue(), '三层东侧');
  assert.match(await parts(page, '#fault-form').said.innerText(), /整层都打不了印/);
});

test('a recorded call is practised with the key: in time, late, and given up for a real one', async () => {
  const context = await desk();
  const page = await open(context, '/practice?call=1');
  const sent = [];
  page.on('request', (request) => { if (request.method() !== 'GET') sent.push(request.url()); });
  const card = page.locator('#practice-queue [data-practice-call]');
  const outcome = page.locator('#practice-said');
  await page.locator('#practice-start').press('Enter');
  await card.waitFor();
  await page.keyboard.press('F2');
  assert.match(await outcome.innerText(), /第 [123] 响接起，.*做到了/);
  assert.equal(await card.count(), 0);
  await page.keyboard.press('Enter');
  await page.waitForSelector('#practice-queue .st4');
  await page.keyboard.press('F2');
  assert.match(await outcome.innerText(), /超时了/);
  assert.equal(await page.locator('#practice-own li').count(), 2);
  await page.keyboard.press('Enter');
  await card.waitFor();
  const news = (html) => page.evaluate((html) => document.dispatchEvent(new CustomEvent('news', { detail: { kind: 'call', change: 'offered', html } })), html);
  await news(null);
  assert.equal(await card.count(), 1, 'a call of another desk disturbs nobody');
  await news('<li></li>');
  assert.match(await outcome.innerText(), /真的有来电/);
  assert.deepEqual(sent, [], 'nothing is sent');
  await context.close();
});

test('a rule of call-backs that is refused stays as it was written, with the reason in its form', async () => {
  const context = await opened.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN', reducedMotion: 'reduce' });
  await context.addCookies([{ name: 'switchboard_session', value: process.env.SESSION_SUN, url: PANEL }]);
  const page = await context.newPage();
  await page.goto(`${PANEL}/admin/missed-calls`);
  await page.locator('#r-due-1').fill('0');
  await page.locator('#r-up-1').fill('７');
  await page.locator('#rule-1 button.go').click();
  assert.match(await page.locator('#rule-1 [role=alert]').innerText(), /1–10080/);
  assert.deepEqual([await page.locator('#r-due-1').inputValue(), await page.locator('#r-up-1').inputValue()], ['0', '7'], 'and wide digits are read');
  await context.close();
});

test('nothing was said in a browser’s console', () => assert.deepEqual(troubles, []));
