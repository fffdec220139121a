// The operator's page: what rings is seen and heard, and nobody is disturbed.

import assert from 'node:assert/strict';
import { after, before, beforeEach } from 'node:test';
import { PANEL, browser, cutHints, desk, holding, live, open, putAway, stage, test } from './house.mjs';

let opened;
let leg = 0;
before(async () => { opened = await browser(); });
after(() => opened.close());
beforeEach(() => stage.clear());

const fresh = () => `story-${++leg}`;
const card = (page, name) => page.locator('[data-waiting-call]', { hasText: name });
const text = (locator) => locator.innerText();

/** Waits until a locator's text is this; the failure shows what it was. */
async function reads(locator, expected) {
  const deadline = Date.now() + 10_000;
  let last;
  while (Date.now() < deadline) {
    last = (await locator.count()) === 1 ? (await text(locator)).trim() : `${await locator.count()} elements`;
    if (expected instanceof RegExp ? expected.test(last) : last === expected) return;
    await new Promise((again) => { setTimeout(again, 25); });
  }
  assert.equal(last, String(expected));
}

test('a call appears with its first ring, climbs through the colours and goes when someone answers', async () => {
  const context = await desk(opened);
  const page = await open(context, '/console');
  const ours = fresh();
  await stage.ring(ours, '02584523317', '张丽华');
  await stage.pass(0);
  const zhang = card(page, '张丽华');
  await reads(zhang.locator('[data-ring]'), '1');
  await reads(zhang.locator('[data-seconds]'), '0.0');
  for (const [pass, state, ring] of [[5000, 'st2', '2'], [5000, 'st3', '3'], [5000, 'st4', '4']]) {
    await stage.pass(pass);
    await page.waitForSelector(`.call.${state}`);
    await page.reload();
    await reads(zhang.locator('[data-ring]'), ring);
  }
  await stage.pass(2200);
  await page.reload();
  await reads(zhang.locator('[data-due]'), '已超时 2.2 秒');
  assert.equal(await page.evaluate(() => document.body.classList.contains('breach')), true);
  await stage.answered(ours);
  await stage.pass(0);
  await zhang.waitFor({ state: 'detached' });
  await reads(page.locator('#ended li').first().locator('.tag').first(), '超时接听');
  assert.equal(await page.evaluate(() => document.body.classList.contains('breach')), false);
  assert.deepEqual(context.troubles, []);
  await context.close();
});

test('between two events the browser carries the count on from the server\'s clock', async () => {
  const context = await desk(opened);
  const page = await open(context, '/console');
  // this clock stands still; let the page believe that it runs
  await page.evaluate(() => { document.body.dataset.clock = 'house'; });
  const ours = fresh();
  await stage.ring(ours, '13951607702', '陈国栋');
  await stage.pass(0);
  const chen = card(page, '陈国栋');
  await page.waitForFunction(() => Number(document.querySelector('[data-seconds]')?.textContent) >= 0.3);
  assert.equal(await chen.evaluate((el) => el.classList.contains('st1')), true, 'colours come with events only');
  await stage.left(ours);
  await stage.pass(0);
  await context.close();
});

test('taking a call opens it, and a colleague sees who takes it', async () => {
  const [mine, hers] = [await desk(opened), await desk(opened, { who: 'chen' })];
  const [page, other] = [await open(mine, '/console'), await open(hers, '/console')];
  const ours = fresh();
  await stage.ring(ours, '13913952211', '王建国');
  await stage.pass(0);
  await card(page, '王建国').waitFor();
  await page.keyboard.press('F2');
  await reads(page.locator('#hand-h'), /王建国/);
  await reads(card(other, '王建国').locator('.taken'), '李红来接');
  await card(page, '王建国').getByRole('button', { name: '不是我' }).click();
  await page.waitForSelector('#hand[data-hand=""]');
  // a call that another takes is not taken by the key
  await card(other, '王建国').locator('.taken').waitFor({ state: 'detached' });
  await other.keyboard.press('F2');
  await reads(card(page, '王建国').locator('.taken'), '陈晨来接');
  await stage.answered(ours);
  await stage.pass(0);
  await other.locator('#note textarea').fill('续签维保合同');
  await other.getByRole('button', { name: '保存并完成' }).click();
  await other.waitForSelector('#hand[data-hand=""]');
  const id = await other.locator('#ended [data-row]').first().getAttribute('href');
  const record = await (await other.request.get(new URL(id, other.url()).href, { headers: { accept: 'application/json' } })).json();
  assert.equal(record.record.what, '续签维保合同');
  assert.equal(record.outcome, 'met');
  await mine.close();
  await hers.close();
});

/** Lets `rival` do the same act first, just before the act of `page`, which is `holding`, reaches the server. */
async function outrun(page, rival) {
  await page.route('**/pickup', async (route) => {
    const done = await rival.request.post(route.request().url(), { headers: { accept: 'application/json' } });
    assert.equal(done.status(), 200);
    await route.continue();
  }, { times: 1 });
}

/** What waits until the story opens it. */
const held = () => { const gate = {}; gate.opened = new Promise((go) => { gate.open = go; }); return gate; };

test('a call given back before its card came leaves the hand empty', async () => {
  const context = await desk(opened);
  await holding(context);
  const page = await open(context, '/console');
  const ours = fresh();
  await stage.ring(ours, '13913952211', '王建国');
  await stage.pass(0);
  const wang = card(page, '王建国');
  await wang.waitFor();
  // the page that brings the call to hand is slow, and so is the word that it is given back
  const [brought, given] = [held(), held()];
  const toHand = (html) => /id="hand" data-hand="\d/.test(html);
  await page.route(/\/console(\?|$)/, async (route) => {
    const answer = await route.fetch();
    const body = await answer.text();
    if (toHand(body)) await brought.opened;
    await route.fulfill({ response: answer, body });
  });
  await page.keyboard.press('F2');
  await wang.getByRole('button', { name: '不是我' }).waitFor();
  await page.route('**/pickup', async (route) => { await given.opened; await route.continue(); });
  await wang.getByRole('button', { name: '不是我' }).click();
  brought.open();
  await page.waitForSelector('#hand:not([data-hand=""])');
  given.open();
  await page.waitForSelector('#hand[data-hand=""]');
  await wang.locator('[data-pickup]').waitFor();
  assert.deepEqual(context.troubles, []);
  await stage.left(ours);
  await stage.pass(0);
  await page.unrouteAll({ behavior: 'wait' });
  await context.close();
});

test('who presses second reads who was first, and goes on reading it', async () => {
  const [mine, hers] = [await desk(opened), await desk(opened, { who: 'chen' })];
  await holding(mine);
  await putAway(mine);
  const page = await open(mine, '/console');
  const [rings, over] = [fresh(), fresh()];
  await stage.ring(rings, '13913952211', '王建国');
  await stage.pass(0);
  await card(page, '王建国').waitFor();
  await outrun(page, hers);
  await page.keyboard.press('F2');
  const said = card(page, '王建国').locator('.said');
  await reads(said, '陈晨已点“我来接”。');
  await stage.pass(5000);
  await page.waitForSelector('.call.st2');
  await reads(said, '陈晨已点“我来接”。');
  await stage.answered(rings);
  await stage.ring(over, '13913950003', '孙悦');
  await stage.pass(1000);
  await stage.answered(over);
  await stage.pass(0);
  const ended = page.locator('#ended li', { hasText: '孙悦' }).first();
  await ended.getByRole('button', { name: '是我接的' }).waitFor();
  await outrun(page, hers);
  await ended.getByRole('button', { name: '是我接的' }).click();
  await reads(ended.locator('.said'), '陈晨已点“我来接”。');
  assert.deepEqual(mine.troubles, []);
  await putAway(hers);
  await mine.close();
  await hers.close();
});

test('what a second hand was told is read on when a call that nobody heard begins to ring', async () => {
  const [mine, hers] = [await desk(opened), await desk(opened, { who: 'chen' })];
  await holding(mine);
  await putAway(mine);
  const page = await open(mine, '/console');
  const ours = fresh();
  await stage.offered(ours, '13913952219', '苗青');
  await stage.pass(0);
  const miao = card(page, '苗青');
  await miao.locator('.nobody').waitFor();
  await outrun(page, hers);
  await page.keyboard.press('F2');
  await reads(miao.locator('.said'), '陈晨已点“我来接”。');
  await stage.alerted(ours);
  await stage.pass(0);
  await miao.locator('.nobody').waitFor({ state: 'detached' });
  assert.equal((await text(miao.locator('.said'))).trim(), '陈晨已点“我来接”。');
  await stage.left(ours);
  await stage.pass(0);
  assert.deepEqual(mine.troubles, []);
  await putAway(hers);
  await mine.close();
  await hers.close();
});

test('what was pressed is sent once, though the call rings on before the answer comes', async () => {
  const context = await desk(opened);
  await holding(context);
  await putAway(context);
  const page = await open(context, '/console');
  const ours = fresh();
  await stage.ring(ours, '13913952220', '田野');
  await stage.pass(0);
  await card(page, '田野').waitFor();
  const answered = held();
  let sent = 0;
  await page.route('**/pickup', async (route) => { sent += 1; await answered.opened; await route.continue(); });
  await page.keyboard.press('F2');
  await stage.pass(5000);
  await page.waitForSelector('.call.st2');
  await page.keyboard.press('F2');
  answered.open();
  await card(page, '田野').getByRole('button', { name: '不是我' }).waitFor();
  assert.equal(sent, 1);
  await stage.left(ours);
  await stage.pass(0);
  assert.deepEqual(context.troubles, []);
  await putAway(context);
  await context.close();
});

test('a page that was drawn just before a ring does not take the ring back', async () => {
  const context = await desk(opened);
  await holding(context);
  await putAway(context);
  const page = await open(context, '/console');
  const [drawn, late] = [held(), held()];
  await page.route(/\/console$/, async (route) => {
    const answer = await route.fetch();
    let body = await answer.text();
    if (body.includes('江河') && body.includes('class="call st1"')) {
      // the number of a change can be read a moment before what it changed is to be seen
      body = body.replace(/data-seq="\d+"/, 'data-seq="999999999"').replace('id="side"', 'id="side" data-late=""');
      drawn.open();
      await late.opened;
    }
    await route.fulfill({ response: answer, body });
  });
  const ours = fresh();
  await stage.ring(ours, '13913952221', '江河');
  await stage.pass(0);
  await drawn.opened;
  await stage.pass(5000);
  await page.waitForSelector('.call.st2');
  await page.evaluate(() => {
    window.after = new Promise((told) => {
      const look = () => { if (document.querySelector('#side[data-late]')) told(document.querySelector('.call').className); };
      new MutationObserver(look).observe(document.getElementById('side'), { attributes: true });
    });
  });
  late.open();
  assert.equal(await page.evaluate(() => window.after), 'call st2');
  await stage.left(ours);
  await stage.pass(0);
  assert.deepEqual(context.troubles, []);
  await page.unrouteAll({ behavior: 'wait' });
  await context.close();
});

test('a record changed by a colleague meanwhile is shown before it can be replaced', async () => {
  const [mine, hers] = [await desk(opened), await desk(opened, { who: 'chen' })];
  await putAway(mine);
  const page = await open(mine, '/console');
  const ours = fresh();
  await stage.ring(ours, '13913950002', '周敏');
  await stage.pass(0);
  await card(page, '周敏').waitFor();
  await page.keyboard.press('F2');
  await page.waitForSelector('#hand:not([data-hand=""])');
  await stage.answered(ours);
  await stage.pass(0);
  await page.locator('#note textarea').fill('空调停机');
  const address = `${PANEL}/calls/${await page.locator('#hand').getAttribute('data-hand')}`;
  const headers = { accept: 'application/json' };
  const form = { version: '0', what: '<b>机房</b>漏水' };
  assert.equal((await hers.request.post(`${address}/record`, { headers, form })).status(), 200);
  await page.keyboard.press('Control+s');
  await reads(page.locator('#note [data-theirs-text]'), /事件：<b>机房<\/b>漏水/);
  await reads(page.locator('#note [data-said]'), /别人更改/);
  assert.equal(await page.locator('#note textarea').inputValue(), '空调停机');
  await page.locator('#note textarea').fill('空调停机，机房漏水');
  await page.keyboard.press('Control+s');
  await reads(page.locator('#note [data-said]'), '已保存');
  assert.equal(await page.locator('#note [data-theirs]').isVisible(), false);
  assert.equal((await (await hers.request.get(address, { headers })).json()).record.what, '空调停机，机房漏水');
  assert.deepEqual(mine.troubles, []);
  await putAway(mine);
  await mine.close();
  await hers.close();
});

test('typing goes on undisturbed while calls come, change and go', async () => {
  const context = await desk(opened);
  const page = await open(context, '/console');
  const inHand = fresh();
  await stage.ring(inHand, '13913950001', '周敏');
  await stage.pass(0);
  await card(page, '周敏').waitFor();
  await page.keyboard.press('F2');
  const note = page.locator('#note textarea');
  await note.waitFor();
  await note.click();
  await stage.answered(inHand);
  await stage.pass(0);
  const legs = [];
  const said = 'UPS 主机红灯常亮，备用空调停机';
  for (const [k, letter] of [...said].entries()) {
    await page.keyboard.insertText(letter);
    if (k % 3 === 0) { const next = fresh(); legs.push(next); await stage.ring(next, `1390000${1000 + k}`, `来电 ${k}`); }
    await stage.pass(1500);
  }
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  const caret = await note.evaluate((el) => el.selectionStart);
  // a composition under way survives what rings meanwhile
  const cdp = await context.newCDPSession(page);
  await cdp.send('Input.imeSetComposition', { text: 'ni', selectionStart: 2, selectionEnd: 2 });
  for (const next of legs) { await stage.left(next); await stage.pass(0); }
  await cdp.send('Input.imeSetComposition', { text: 'nihao', selectionStart: 5, selectionEnd: 5 });
  await stage.pass(0);
  await cdp.send('Input.insertText', { text: '你好' });
  await page.waitForFunction(() => document.querySelectorAll('[data-waiting-call]').length === 0);
  assert.equal(await note.inputValue(), said.slice(0, caret) + '你好' + said.slice(caret));
  assert.equal(await note.evaluate((el) => el === document.activeElement), true);
  assert.equal(await note.evaluate((el) => el.selectionStart), caret + 2);
  // nothing was taken away, and nothing is said to have been put back
  await reads(page.locator('#note [data-draft-said]'), /^草稿 .*已存在本机/);
  const last = fresh();
  await stage.ring(last, '13900000999', '来电末');
  await stage.pass(0);
  await stage.left(last);
  await stage.pass(0);
  await reads(page.locator('#ended [data-row]').first(), '来电末');
  await reads(page.locator('#note [data-draft-said]'), /^草稿 .*已存在本机/);
  await page.keyboard.press('Control+s');
  await reads(page.locator('#note [data-said]'), '已保存');
  assert.deepEqual(context.troubles, []);
  await context.close();
});

test('a draft outlives a reload, and another call in hand does not take its place', async () => {
  const context = await desk(opened, { who: 'chen' });
  const page = await open(context, '/console');
  const [first, second] = [fresh(), fresh()];
  await stage.ring(first, '13800000001', '孙悦');
  await stage.pass(0);
  await card(page, '孙悦').waitFor();
  await page.keyboard.press('F2');
  await page.locator('#note textarea').fill('候补 11/25 晚');
  await page.waitForFunction(() => Object.keys(localStorage).some((key) => key.startsWith('draft ')));
  await page.reload();
  await reads(page.locator('#note [data-draft-said]'), /已恢复/);
  assert.equal(await page.locator('#note textarea').inputValue(), '候补 11/25 晚');
  await stage.ring(second, '13800000002', '徐海燕');
  await stage.pass(0);
  await card(page, '徐海燕').waitFor();
  await page.locator('#note textarea').focus();
  await page.keyboard.press('F2');
  await page.locator('.hand-waiting').waitFor({ state: 'visible' });
  await reads(page.locator('#hand-h'), /孙悦/);
  assert.equal(await page.locator('#note textarea').inputValue(), '候补 11/25 晚');
  // what becomes of the call is shown while it is written about
  await stage.left(first);
  await stage.pass(0);
  await page.locator('#hand [data-over]').waitFor();
  await reads(page.locator('#hand-h'), /孙悦/);
  assert.equal(await page.locator('#note textarea').inputValue(), '候补 11/25 晚');
  await page.locator('.hand-waiting a').click();
  await reads(page.locator('#hand-h'), /徐海燕/);
  await stage.answered(second);
  await stage.pass(0);
  await context.close();
});

test('a dropped stream goes on where it stopped, and an old page says that it is old', async () => {
  const context = await desk(opened);
  const page = await open(context, '/console');
  const ours = fresh();
  await stage.away(true);
  await stage.cut();
  await page.waitForFunction(() => document.documentElement.dataset.stream === 'down');
  await stage.ring(ours, '13760128845', '刘洋');
  await stage.pass(5000);
  await page.waitForFunction(() => document.documentElement.dataset.stale === 'late', null, { timeout: 20_000 });
  await page.waitForFunction(() => document.documentElement.dataset.stale === 'old', null, { timeout: 20_000 });
  assert.equal(await page.locator('#banner-old').isVisible(), true);
  await stage.away(false);
  await card(page, '刘洋').waitFor();
  await page.waitForFunction(() => document.documentElement.dataset.stale === 'live');
  assert.equal(await page.locator('#banner-old').isVisible(), false);
  await stage.left(ours);
  await stage.pass(0);
  await card(page, '刘洋').waitFor({ state: 'detached' });
  await context.close();
});

test('many tabs share one stream, and another takes over when the first closes', async () => {
  // those of the pages that were closed before end first
  const deadline = Date.now() + 20_000;
  for (let left; (left = await stage.streams()) > 0;) {
    assert.ok(Date.now() < deadline, `${left} streams of stories before this one are still open`);
    await new Promise((again) => { setTimeout(again, 50); });
  }
  const context = await desk(opened);
  const first = await open(context, '/console');
  await first.waitForFunction(() => document.documentElement.dataset.stream === 'up');
  const second = await open(context, '/calls');
  const third = await open(context, '/console');
  assert.equal(await stage.streams(), 1);
  await first.close();
  const ours = fresh();
  await stage.ring(ours, '13700000009', '马超');
  await stage.pass(0);
  await card(third, '马超').waitFor();
  await second.locator('tbody tr', { hasText: '马超' }).waitFor();
  await stage.left(ours);
  await stage.pass(0);
  await second.locator('tbody tr', { hasText: '马超' }).filter({ hasText: '刚响即挂' }).waitFor();
  await context.close();
});

/** Writes down what a desk would hear (`heard`, in hertz) and be shown (`shown`). */
const listen = (context) => context.addInitScript(() => {
  window.heard = [];
  window.shown = [];
  const param = () => ({ value: 0, setValueAtTime() {}, linearRampToValueAtTime() {}, exponentialRampToValueAtTime() {} });
  window.AudioContext = class {
    currentTime = 0;
    destination = {};
    resume() { return Promise.resolve(); }
    createGain() { return { gain: param(), connect: (to) => to }; }
    createOscillator() { const tone = { frequency: param(), connect: (to) => to, start() { window.heard.push(tone.frequency.value); }, stop() {} }; return tone; }
  };
  window.Notification = class {
    static permission = 'default';
    static asked = 0;
    static requestPermission() { this.asked += 1; this.permission = 'granted'; return Promise.resolve('granted'); }
    constructor(title, { tag }) { this.title = title; window.shown.push({ title, tag, open: true }); }
    close() { window.shown.forEach((note) => { note.open = false; }); }
  };
  Object.defineProperty(document, 'hidden', { get: () => window.away === true });
});

test('a page that cannot sound does not keep the console silent, and off duty nothing sounds', async () => {
  const context = await desk(opened);
  await listen(context);
  await putAway(context);
  const log = await open(context, '/calls');
  await log.evaluate(() => localStorage.setItem('duty', 'on'));
  await log.locator('h1').click();
  const page = await open(context, '/console');
  await page.locator('h1').click();
  const [first, second] = [fresh(), fresh()];
  await stage.ring(first, '13512340003', '何静');
  await stage.pass(0);
  await page.waitForFunction(() => window.heard.length === 1);
  assert.deepEqual(await log.evaluate(() => window.heard), []);
  await page.getByRole('button', { name: '下岗' }).click();
  await stage.pass(5000);
  await page.waitForSelector('.call.st2');
  await page.getByRole('button', { name: '上岗' }).click();
  await stage.ring(second, '13512340004', '冯雪');
  await stage.pass(0);
  await page.waitForFunction(() => window.heard.length > 1);
  assert.equal(await page.evaluate(() => window.heard.length), 2, 'nothing for ring 2 of the first');
  await stage.left(first);
  await stage.left(second);
  await stage.pass(0);
  await context.close();
});

test('sounds and notifications come from events, once per call and level', async () => {
  const context = await desk(opened);
  await listen(context);
  await putAway(context);
  const page = await open(context, '/console');
  await page.getByRole('button', { name: '上岗' }).click();
  await page.evaluate(() => { window.away = true; });
  const ours = fresh();
  const heard = async (n) => { await page.waitForFunction((count) => window.heard.length === count, n); return page.evaluate(() => window.heard); };
  await stage.ring(ours, '13512340000', '何静');
  await stage.pass(0);
  assert.deepEqual(await heard(1), [660]);
  await page.waitForFunction(() => /^\(1\)/.test(document.title));
  await stage.pass(5000);
  assert.deepEqual(await heard(2), [660, 660]);
  await stage.pass(5000);
  assert.deepEqual(await heard(4), [660, 660, 740, 740]);
  await stage.pass(5000);
  assert.deepEqual(await heard(5), [660, 660, 740, 740, 196]);
  await reads(page.locator('#shout'), '何静等候已超时');
  // what comes again sounds no second time
  await stage.away(true);
  await stage.cut();
  await page.waitForFunction(() => document.documentElement.dataset.stream === 'down');
  await stage.away(false);
  await page.waitForFunction(() => document.documentElement.dataset.stream === 'up');
  await stage.pass(1000);
  assert.equal((await heard(5)).length, 5);
  const shown = await page.evaluate(() => window.shown);
  assert.deepEqual(shown.map((note) => note.title), ['第 1 响，何静', '第 2 响，何静', '第 3 响，何静', '何静等候已超时']);
  assert.equal(await page.evaluate(() => window.Notification.asked), 1);
  await stage.left(ours);
  await stage.pass(0);
  await page.waitForFunction(() => window.shown.every((note) => !note.open));
  await page.waitForFunction(() => !/^\(/.test(document.title));
  // with a call in hand the first ring is silent
  const [inHand, next] = [fresh(), fresh()];
  await stage.ring(inHand, '13512340001', '高峰');
  await stage.pass(0);
  await card(page, '高峰').waitFor();
  await page.keyboard.press('F2');
  await page.waitForSelector('#hand:not([data-hand=""])');
  const soFar = await page.evaluate(() => window.heard.length);
  await stage.ring(next, '13512340002', '冯雪');
  await stage.pass(0);
  await card(page, '冯雪').waitFor();
  await stage.pass(5000);
  await page.waitForFunction((count) => window.heard.length > count, soFar);
  assert.equal(await page.evaluate(() => window.heard.length), soFar + 1, 'one tick for ring 2 of both, none for ring 1');
  await stage.left(inHand);
  await stage.left(next);
  await stage.pass(0);
  await context.close();
});

test('the keyboard reaches everything and types into no sentence', async () => {
  const context = await desk(opened);
  const page = await open(context, '/console');
  await page.keyboard.press('?');
  assert.equal(await page.locator('#key-list').isVisible(), true);
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('#key-list').isVisible(), false);
  await page.keyboard.press('j');
  assert.match(await page.evaluate(() => document.activeElement.getAttribute('href')), /^\/calls\/\d+$/);
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/calls\/\d+$/);
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await page.waitForURL(/\/calls$/);
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'f-caller');
  await page.keyboard.type('jk?g/');
  assert.equal(await page.locator('#f-caller').inputValue(), 'jk?g/');
  await page.keyboard.press('Escape');
  await page.keyboard.press('g');
  await page.keyboard.press('h');
  await page.waitForURL(/\/console$/);
  await page.waitForFunction(() => document.documentElement.dataset.stale === 'live');
  await page.keyboard.press('/');
  await page.waitForURL(/\/contacts/);
  await page.waitForFunction(() => document.activeElement.id === 'f-q');
  assert.deepEqual(context.troubles, []);
  await context.close();
});

test('away from the console the desk hears what rings, and F2 takes it and leads there', async () => {
  const context = await desk(opened);
  await putAway(context);
  const ours = fresh();
  const page = await open(context, '/messages/new');
  const badge = page.locator('.nav a[href="/console"] .n');
  await page.locator('#body').fill('请回电');
  await stage.ring(ours, '13913952217', '何静');
  await stage.pass(0);
  await reads(badge, '1');
  await page.waitForFunction(() => /^\(1\)/.test(document.title));
  await stage.left(ours);
  await stage.pass(0);
  await badge.waitFor({ state: 'hidden' });
  await page.waitForFunction(() => !/^\(/.test(document.title));
  const next = fresh();
  await stage.ring(next, '13913952218', '冯雪');
  await stage.pass(0);
  // a page that is opened while it rings asks what waits
  await page.reload();
  await reads(badge, '1');
  await page.keyboard.press('F2');
  await page.waitForURL(/\/console$/);
  await reads(page.locator('#hand-h'), /冯雪/);
  await page.goBack();
  assert.equal(await page.locator('#body').inputValue(), '请回电', 'what was written is kept');
  await stage.answered(next);
  await stage.pass(0);
  assert.deepEqual(context.troubles, []);
  await putAway(context);
  await context.close();
});

test('a record is read back while it is typed: the sentence grows, ticks come by key and go with an edit', async () => {
  const context = await desk(opened);
  await putAway(context);
  const page = await open(context, '/console');
  const ours = fresh();
  await stage.ring(ours, '13913950021', '吕静');
  await stage.pass(0);
  await card(page, '吕静').waitFor();
  await page.keyboard.press('F2');
  await page.waitForSelector('#hand:not([data-hand=""])');
  await stage.answered(ours);
  await stage.pass(0);
  const form = page.locator('form[data-record]');
  const said = form.locator('[data-sentence]');
  await form.locator('[data-part=when]').fill('今天 13:50 起');
  await form.locator('[data-part=where]').fill('B 座 12 层');
  await form.locator('[data-part=what]').fill('UPS 报警');
  await reads(said, /跟您确认一下：.*吕静.*，今天 13:50 起，B 座 12 层，UPS 报警。请问对吗？/);
  for (const digit of [1, 2, 3, 4]) await page.keyboard.press(`Alt+${digit}`);
  await reads(form.locator('[data-read-count]'), '已复述 4/4');
  assert.equal(await form.locator('mark.todo').count(), 0);
  await form.locator('[data-part=when]').press('End');
  await page.keyboard.type('，两次');
  await reads(form.locator('[data-read-count]'), '已复述 3/4');
  await page.keyboard.press('Alt+2');
  await page.keyboard.press('Control+s');
  await reads(page.locator('#note [data-said]'), '已保存');
  const address = `${PANEL}/calls/${await page.locator('#hand').getAttribute('data-hand')}`;
  const { record, readback_at: read } = await (await context.request.get(address, { headers: { accept: 'application/json' } })).json();
  assert.deepEqual(record.read, ['who', 'when', 'where', 'what']);
  assert.ok(read);
  // Enter goes on to the next field and sends nothing
  await form.locator('[data-part=who]').focus();
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.dataset.part), 'when');
  assert.deepEqual(context.troubles, []);
  await putAway(context);
  await context.close();
});

test('no hint in a record or in the search for contacts is cut off on a telephone, in either language', async () => {
  const context = await desk(opened);
  await putAway(context);
  const page = await open(context, '/console');
  const ours = fresh();
  await stage.ring(ours, '13913950061', '吕静');
  await stage.pass(0);
  await card(page, '吕静').waitFor();
  await page.keyboard.press('F2');
  await page.waitForSelector('#hand:not([data-hand=""])');
  const hand = await page.locator('#hand').getAttribute('data-hand');
  await stage.answered(ours);
  await stage.pass(0);
  for (const tongue of ['zh-CN', 'en']) {
    for (const width of [390, 320]) {
      const pocket = await desk(opened, { tongue, phone: true, viewport: { width, height: 844 } });
      for (const path of [`/calls/${hand}`, '/contacts']) {
        const seen = await open(pocket, path);
        assert.ok(await seen.locator('main input[placeholder]:visible').count() > 0, `${tongue} ${width} ${path}: no field has a hint`);
        assert.deepEqual(await cutHints(seen), [], `${tongue} ${width} ${path}`);
        await seen.close();
      }
      await pocket.close();
    }
  }
  await stage.left(ours);
  await stage.pass(0);
  await putAway(context);
  assert.deepEqual(context.troubles, []);
  await context.close();
});

test('a ringing call can be looked at before it is answered, and an answered one opens itself', async () => {
  const context = await desk(opened);
  await putAway(context);
  const page = await open(context, '/console');
  const [first, second] = [fresh(), fresh()];
  await stage.ring(first, '13913950031', '沈一');
  await stage.pass(0);
  // nothing is in hand: the card shows who rings, and nothing can be typed
  await reads(page.locator('#hand-h'), /沈一/);
  assert.equal(await page.locator('#hand').getAttribute('data-hand'), '');
  assert.equal(await page.locator('form[data-record]').count(), 0);
  // its rings are counted in one place
  assert.doesNotMatch(await page.locator('#hand .facts').innerText(), /响铃/);
  assert.equal(await page.evaluate(() => document.activeElement === document.body), true);
  await stage.ring(second, '13913950032', '沈二');
  await stage.pass(0);
  await card(page, '沈二').locator('a[data-row]').click();
  await reads(page.locator('#hand-h'), /沈二/);
  // its words are there before its keys are
  await live(page);
  await page.keyboard.press('F2');
  await reads(page.locator('#hand-h'), /沈一/);
  assert.notEqual(await page.locator('#hand').getAttribute('data-hand'), '');
  // with a call in hand the others are hinted at, and nobody says that none waits
  await page.reload();
  await page.getByText('您在通话，可请同事代接').waitFor();
  assert.equal(await page.locator('#queue-empty').isVisible(), false);
  await stage.left(first);
  await stage.left(second);
  await stage.pass(0);
  assert.deepEqual(context.troubles, []);
  await putAway(context);
  await context.close();
});

test('a draft comes back in another browser of the same person', async () => {
  const context = await desk(opened, { who: 'chen' });
  await putAway(context);
  const page = await open(context, '/console');
  const ours = fresh();
  await stage.ring(ours, '13800000051', '孔方');
  await stage.pass(0);
  await card(page, '孔方').waitFor();
  await page.keyboard.press('F2');
  const kept = page.waitForResponse((answer) => answer.url().endsWith('/draft') && answer.request().method() === 'POST');
  await page.locator('#note textarea').fill('水管爆裂');
  await kept;
  await context.close(); // as a crash would: nothing of this browser is left
  const other = await desk(opened, { who: 'chen' });
  const again = await open(other, '/console');
  await reads(again.locator('#note [data-draft-said]'), /已恢复/);
  assert.equal(await again.locator('#note textarea').inputValue(), '水管爆裂');
  await again.keyboard.press('Control+s');
  await reads(again.locator('#note [data-said]'), '已保存');
  await again.reload();
  assert.equal(await again.locator('form[data-draft-kept]').count(), 0);
  await stage.left(ours);
  await stage.pass(0);
  await putAway(other);
  await other.close();
});

test('hostile names are only names', async () => {
  const context = await desk(opened);
  await putAway(context);
  const page = await open(context, '/console');
  const ours = fresh();
  const name = '<img src=x onerror="window.hit=1">\u202e\u0000' + 'A'.repeat(10_000);
  await stage.ring(ours, '13913950041', name);
  await stage.pass(0);
  await page.locator('[data-waiting-call]').first().waitFor();
  await page.waitForTimeout(300);
  assert.equal(await page.evaluate(() => window.hit), undefined);
  assert.equal(await page.locator('#queue img, #hand img').count(), 0);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'a long name makes no page wider');
  assert.doesNotMatch(await page.title(), /\u202e/);
  await stage.left(ours);
  await stage.pass(0);
  assert.deepEqual(context.troubles, []);
  await context.close();
});
