// The operator's hands: two calls kept apart, a shift without a mouse, and what is to be done beside
// the calls.

import assert from 'node:assert/strict';
import { after, before, beforeEach } from 'node:test';
import { PANEL, browser, caret, desk, live, open, putAway, stage, test } from './house.mjs';

const NOON = Date.parse('2026-11-23T12:00:00+08:00');

let opened;
let leg = 0;
before(async () => { opened = await browser(); });
after(() => opened.close());
beforeEach(() => stage.clear());

const fresh = () => `hand-${++leg}`;
const card = (page, name) => page.locator('[data-waiting-call]', { hasText: name });
const note = (page) => page.locator('#note textarea');
const focused = (page) => page.evaluate(() => document.activeElement.dataset.part ?? document.activeElement.name ?? document.activeElement.tagName);

/** A call comes and this desk takes it, by key. */
async function taken(page, name, number) {
  const ours = fresh();
  await stage.ring(ours, number, name);
  await stage.pass(0);
  await card(page, name).waitFor();
  await page.keyboard.press('F2');
  await stage.answered(ours);
  await stage.pass(0);
}

test('two calls in hand stand side by side, each with its own words, also after a reload', async () => {
  const context = await desk(opened);
  await putAway(context);
  const page = await open(context, '/console');
  await taken(page, '孙悦', '13800000101');
  await page.waitForFunction(() => document.querySelector('#hand').dataset.name === '孙悦');
  await note(page).fill('候补 11/25 晚');
  await page.waitForFunction(() => Object.keys(localStorage).some((key) => key.startsWith('draft ')));
  // the second rings while a word is half written: it waits in the queue and in a tab
  await note(page).press('End');
  await taken(page, '徐海燕', '13800000102');
  await page.locator('.hand-waiting').waitFor({ state: 'visible' });
  assert.equal(await page.locator('#hand').getAttribute('data-name'), '孙悦');
  assert.equal(await note(page).inputValue(), '候补 11/25 晚');
  // loaded again in mid-sentence, the page shows the call that is written about, and not the newest
  await page.reload();
  await page.waitForFunction(() => document.querySelector('#note textarea')?.value === '候补 11/25 晚');
  assert.equal(await page.locator('#hand').getAttribute('data-name'), '孙悦');
  await page.locator('#hand-tabs a', { hasText: '徐海燕' }).click();
  await page.waitForFunction(() => document.querySelector('#hand').dataset.name === '徐海燕');
  // its fields are there before what is typed into them is kept
  await live(page);
  assert.equal(await note(page).inputValue(), '', 'the words of one are not the words of the other');
  await note(page).fill('问周末营业时间');
  await page.waitForFunction(() => Object.keys(localStorage).filter((key) => key.startsWith('draft ')).length > 1);
  await page.reload();
  const tabs = page.locator('#hand-tabs a');
  assert.equal(await tabs.count(), 2);
  for (const [name, words] of [['孙悦', '候补 11/25 晚'], ['徐海燕', '问周末营业时间'], ['孙悦', '候补 11/25 晚']]) {
    await tabs.filter({ hasText: name }).click();
    await page.waitForFunction((who) => document.querySelector('#hand').dataset.name === who, name);
    await page.waitForFunction((text) => document.querySelector('#note textarea').value === text, words);
  }
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press(']');
  await page.waitForFunction(() => document.querySelector('#hand').dataset.name === '徐海燕');
  assert.deepEqual(context.troubles, []);
  await putAway(context);
  await context.close();
});

test('one caller who rings several telephones is one card, and two callers at once are two', async () => {
  const context = await desk(opened);
  await putAway(context);
  const page = await open(context, '/console');
  const [one, two] = [fresh(), fresh()];
  await stage.ring(one, '13800000111', '何静');
  await stage.ring(two, '13800000112', '冯雪');
  await stage.pass(0);
  await card(page, '何静').waitFor();
  await card(page, '冯雪').waitFor();
  assert.equal(await page.locator('#queue li').count(), 2);
  assert.equal(await page.locator('#hand').getAttribute('data-hand'), '', 'nothing opened itself as if it were answered');
  await page.keyboard.press('Shift+F2');
  await page.waitForFunction(() => document.querySelector('#hand').dataset.name === '冯雪');
  assert.equal(await card(page, '何静').locator('.taken').count(), 0, 'the first still waits');
  await stage.left(one);
  await stage.answered(two);
  await stage.pass(0);
  await card(page, '冯雪').waitFor({ state: 'detached' });
  await putAway(context);
  await context.close();
});

test('a call is taken, written, read back and put away without a mouse', async () => {
  const context = await desk(opened);
  await putAway(context);
  const page = await open(context, '/console');
  await taken(page, '吕静', '13800000121');
  await page.waitForFunction(() => document.querySelector('#note')?.dataset.hand !== '');
  // the caret is where the first word goes; what is asked in order is reached in order
  await page.waitForFunction(() => document.activeElement.tagName === 'TEXTAREA');
  await page.keyboard.type('水管爆裂');
  for (const part of ['where', 'when', 'who']) {
    for (let tries = 0; tries < 3 && await focused(page) !== part; tries++) await page.keyboard.press('Shift+Tab');
    assert.equal(await focused(page), part);
    if (part !== 'who') await page.keyboard.type(part === 'where' ? '二楼茶水间' : '刚才');
  }
  for (const digit of [1, 2, 3, 4]) await page.keyboard.press(`Alt+${digit}`);
  await page.locator('[data-read-count]', { hasText: '4/4' }).waitFor();
  const id = await page.locator('#hand').getAttribute('data-hand');
  await page.keyboard.press('Control+Enter');
  await page.waitForSelector('#hand[data-hand=""]');
  const headers = { accept: 'application/json' };
  const call = await (await context.request.get(`${PANEL}/calls/${id}`, { headers })).json();
  assert.deepEqual([call.record.what, call.record.where, call.record.read.length], ['水管爆裂', '二楼茶水间', 4]);
  // a call about which nothing is written is not put away while they talk; a message leads to its slip
  await taken(page, '吕静', '13800000121');
  await page.waitForFunction(() => document.activeElement.tagName === 'TEXTAREA');
  await page.keyboard.press('Control+Enter');
  await page.locator('#note [data-said]', { hasText: '来电未收起' }).waitFor();
  await note(page).fill('请王经理回电');
  await page.locator('#note .seg label', { hasText: '留言' }).click();
  await page.keyboard.press('Control+Enter');
  await page.waitForURL(/\/messages\/new\?call=\d+&done=on$/);
  assert.equal(await page.locator('#body').inputValue(), '请王经理回电');
  await page.locator('#for').fill('陈晨');
  await page.locator('#body').focus();
  await page.keyboard.press('Control+Enter');
  await page.waitForURL(/\/console$/);
  await page.waitForSelector('#hand[data-hand=""]');
  assert.deepEqual(context.troubles, []);
  await context.close();
});

test('what is owed is reached, taken and prepared by key, and its minutes run on', async () => {
  const context = await desk(opened);
  await putAway(context);
  const page = await open(context, '/console');
  assert.equal(await page.locator('.agenda').count(), 0);
  const ours = fresh();
  await stage.ring(ours, '13800000131', '孙悦');
  await stage.pass(12_000);
  await stage.left(ours);
  await stage.pass(0);
  const now = NOON + stage.now();
  const due = now + 6 * 60_000 - 30_000;
  await stage.rows(
    `INSERT INTO follow_ups (kind, about, state, assignee_role, opened_at, due_at, ladder) SELECT 'missed_call', 'calls/' || max(id), 'open', 'operator', ${now}, ${due}, '[]' FROM calls`,
    `INSERT INTO missed_debts (number, follow_up_id, calls, first_call, last_call, first_at, last_at) SELECT '+8613800000131', (SELECT max(id) FROM follow_ups), 1, max(id), max(id), ${now}, ${now} FROM calls`,
  );
  await page.reload();
  await page.waitForFunction(() => document.documentElement.dataset.stale === 'live');
  const owed = page.locator('#agenda-missed_calls li');
  assert.match(await owed.innerText(), /孙悦/);
  assert.equal(await owed.locator('time').innerText(), '剩 5 分');
  // between two events the browser carries the minutes on
  await stage.pass(120_000);
  await page.waitForFunction(() => document.querySelector('#agenda-missed_calls time').textContent === '剩 3 分');
  await page.keyboard.press('w');
  assert.equal(await page.evaluate(() => document.activeElement.closest('[data-todo]') !== null), true);
  const prepared = page.waitForURL(/\/calls\/plans\/new/);
  await page.keyboard.press('o');
  await prepared;
  assert.equal(await page.locator('#number').inputValue(), '138 0000 0131');
  assert.equal(await page.locator('#purpose').inputValue(), '回电');
  // what has become a card is no draft any more: not for the next card of the same debt, and not for itself
  const card_at = page.url();
  await page.locator('#conclusion').fill('已改到周五');
  await page.keyboard.press('Control+s');
  await page.waitForURL(/\/calls\/plans\/\d+$/);
  await page.locator('#summary').fill('周五上午到');
  await page.waitForFunction(() => Object.keys(localStorage).some((key) => /^draft \S+ plans\/\d+$/.test(key)));
  const again = page.waitForEvent('load');
  await page.keyboard.press('Control+s');
  await again;
  assert.equal(await page.locator('#summary').inputValue(), '周五上午到');
  assert.equal(await page.locator('#plan [data-draft-said]').innerText(), '', 'nothing is put back that is there');
  await page.goto(card_at);
  assert.equal(await page.locator('#conclusion').inputValue(), '');
  assert.equal(await page.evaluate(() => Object.keys(localStorage).some((key) => / plans\//.test(key))), false);
  // what is said where nothing may be told: open and shut by key, never while typing
  await page.goto(`${PANEL}/console`);
  await page.waitForFunction(() => document.documentElement.dataset.stale === 'live');
  const words = page.locator('[data-say-no]');
  assert.equal(await words.getAttribute('open'), null);
  await page.keyboard.press('r');
  assert.notEqual(await words.getAttribute('open'), null);
  assert.match(await words.innerText(), /不便提供/);
  assert.deepEqual(context.troubles, []);
  await context.close();
});

test('a caller on hold: the key says that they agreed, and in a field it is a letter', async () => {
  const context = await desk(opened);
  await putAway(context);
  const page = await open(context, '/console');
  const ours = fresh();
  await stage.mirrored(ours, { rings: { caller: '13800000141', name: '郑洁' } });
  await stage.pass(0);
  await card(page, '郑洁').waitFor();
  await page.keyboard.press('F2');
  await page.waitForSelector('#hand:not([data-hand=""])');
  await stage.pass(4_000);
  await stage.mirrored(ours, 'lifted');
  await stage.pass(1_000);
  await card(page, '郑洁').waitFor({ state: 'detached' });
  const id = await page.locator('#hand').getAttribute('data-hand');
  const headers = { accept: 'application/json' };
  const hold = async () => (await (await context.request.get(`${PANEL}/calls/${id}`, { headers })).json()).hold;
  const ticks = page.locator('#hand .tag', { hasText: '对方同意稍候' });
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('h');
  assert.deepEqual([await hold(), await page.locator('#held').count()], [null, 0], 'nobody waits, and the key does nothing');
  await stage.mirrored(ours, { held: true });
  await stage.pass(1_000);
  await page.locator('#held').waitFor();
  await page.locator('#note textarea').focus();
  await page.keyboard.type('hh');
  assert.equal(await note(page).inputValue(), 'hh');
  assert.deepEqual([(await hold()).agreed, await ticks.count()], [false, 0], 'a letter in a field is a letter');
  await page.keyboard.press('Escape');
  await page.keyboard.press('h');
  await ticks.waitFor();
  assert.deepEqual(await hold(), { since: new Date(NOON + stage.now() - 1_000).toISOString(), agreed: true });
  assert.equal(await page.locator('#hand [data-agreed]').count(), 0, 'it is not asked twice');
  assert.equal(await note(page).inputValue(), 'hh', 'what was written stays');
  await stage.mirrored(ours, { held: false });
  await stage.pass(1_000);
  await page.locator('#held').waitFor({ state: 'detached' });
  await stage.mirrored(ours, 'left');
  await stage.pass(1_000);
  assert.deepEqual(context.troubles, []);
  await putAway(context);
  await context.close();
});

test('a message is read back while it is written: a tick by key, an edit takes it away and marks what changed', async () => {
  const context = await desk(opened);
  await putAway(context);
  const page = await open(context, '/console');
  await taken(page, '王建国', '13800001234');
  await page.waitForSelector('#hand:not([data-hand=""])');
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('m');
  await page.waitForURL(/messages\/new/);
  await caret(page, '#for');
  const said = page.locator('#slip-form [data-sentence]');
  const tick = page.locator('#slip-form input[name=read]');
  const todo = page.locator('#slip-form mark.todo');
  await page.keyboard.type('陈晨');
  await page.keyboard.press('Tab');
  await page.keyboard.type('合同改期到周五');
  assert.match(await said.innerText(), /^“跟您确认一下：王建国，电话 138 0000 1234，留言给陈晨，合同改期到周五。请问对吗？”$/);
  await page.keyboard.press('Alt+1');
  assert.deepEqual([await tick.isChecked(), await todo.count()], [true, 0]);
  await page.keyboard.press('Backspace');
  await page.keyboard.type('六');
  assert.deepEqual([await tick.isChecked(), await todo.allInnerTexts()], [false, ['合同改期到周六']], 'only what has changed is marked');
  await page.keyboard.press('Alt+1');
  await page.waitForFunction(() => localStorage.getItem(`draft ${document.body.dataset.who} ${document.getElementById('slip-form').dataset.draft}${location.search}`)?.includes('周六'));
  await page.reload();
  assert.deepEqual([await tick.isChecked(), await todo.count()], [true, 0], 'the tick comes back with the draft');
  const form = page.url();
  await page.locator('#body').focus();
  await page.keyboard.press('Control+Enter');
  await page.waitForURL(/console/);
  // the next slip of the same call begins empty
  await page.goto(form);
  assert.deepEqual([await page.locator('#body').inputValue(), await page.locator('#for').inputValue()], ['', '']);
  assert.equal(await page.evaluate(() => Object.keys(localStorage).some((key) => key.includes(' messages/new/'))), false);
  const headers = { accept: 'application/json' };
  const { items } = await (await context.request.get(`${PANEL}/messages?box=taken`, { headers })).json();
  const [slip] = items;
  assert.deepEqual([slip.body, slip.for_name, Boolean(slip.readback_at)], ['合同改期到周六', '陈晨', true]);
  assert.deepEqual(context.troubles, []);
  await putAway(context);
  await context.close();
});

test('what is read to the caller stays in sight, in both languages, while the fields scroll', async () => {
  for (const tongue of ['zh-CN', 'en']) {
    const context = await desk(opened, { tongue, viewport: { width: 1440, height: 820 } });
    await putAway(context);
    const page = await open(context, '/console');
    await taken(page, '吕静', '13800000122');
    await page.waitForSelector('#hand:not([data-hand=""])');
    const seen = () => page.evaluate(() => {
      const sentence = document.querySelector('#note [data-sentence]').getBoundingClientRect();
      const there = document.elementFromPoint(sentence.left + 20, sentence.top + 8);
      return Boolean(there?.closest('[data-back]'));
    });
    assert.equal(await seen(), true, tongue);
    await page.evaluate(() => { document.querySelector('#note .take').scrollTop = 1e6; });
    assert.equal(await seen(), true, `${tongue}, scrolled`);
    // and it lies over no field: each can be brought into sight
    const covered = await page.evaluate(() => [...document.querySelectorAll('#note .take .in, #note .take .seg')].filter((field) => {
      field.scrollIntoView({ block: 'nearest' });
      const { left, top, height } = field.getBoundingClientRect();
      return !field.contains(document.elementFromPoint(left + 12, top + height / 2));
    }).map((field) => field.name ?? field.className));
    assert.deepEqual(covered, [], tongue);
    await putAway(context);
    await context.close();
  }
});

test('with two banners above it the console shows every part of the record without scrolling', async () => {
  for (const tongue of ['zh-CN', 'en']) {
    const context = await desk(opened, { tongue, viewport: { width: 1440, height: 900 } });
    await putAway(context);
    const page = await open(context, '/console');
    await taken(page, '吕静', '13800000123');
    await page.waitForSelector('#hand:not([data-hand=""])');
    // as tall as a notice that waits for an answer
    await page.evaluate(() => {
      const main = document.querySelector('main.console');
      for (const text of ['宴会 婚宴 11/29 周日', '宴会 寿宴 11/30 周一']) {
        const banner = document.createElement('div');
        banner.className = 'banner ask';
        banner.innerHTML = `<span class="ask-text"><b>${text}</b></span><form><button class="btn sm go">OK</button></form>`;
        main.before(banner);
      }
    });
    for (const [name, words] of [['when', '今天 13:50 起，间断两次'], ['where', '河西物流园 B 座 12 层机房'], ['what', 'UPS 主机红灯常亮、蜂鸣报警；备用空调停机，室温 31℃，还在升']]) await page.locator(`#note [name=${name}]`).fill(words);
    await page.evaluate(() => { document.querySelector('#note .take').scrollTop = 0; });
    const hidden = await page.evaluate(() => [...document.querySelectorAll('#note [data-part]')].filter((field) => {
      const { left, bottom } = field.getBoundingClientRect();
      return !field.contains(document.elementFromPoint(left + 12, bottom - 3));
    }).map((field) => field.name));
    assert.deepEqual(hidden, [], tongue);
    await putAway(context);
    await context.close();
  }
});

test('what was written stays when a form is refused, whatever comes over the stream', async () => {
  const context = await desk(opened);
  const page = await open(context, '/messages/new');
  await page.locator('#for').fill('孙悟空');
  await page.locator('#body').fill('合同改期到周五');
  const refused = page.waitForResponse((answer) => answer.request().method() === 'POST');
  await page.keyboard.press('Control+Enter');
  assert.equal((await refused).status(), 422);
  await page.waitForFunction(() => document.documentElement.dataset.stream === 'up');
  // a stream that was cut asks the page anew, and this address shows a list
  const anew = page.waitForResponse((answer) => answer.request().method() === 'GET' && new URL(answer.url()).pathname === '/messages');
  await stage.cut();
  await (await anew).finished();
  await page.waitForFunction(() => document.documentElement.dataset.stream === 'up');
  assert.equal(await page.locator('#body').inputValue(), '合同改期到周五');
  assert.equal(await page.locator('#for').evaluate((field) => field === document.activeElement), true, 'the caret is where it was refused');
  assert.deepEqual(context.troubles, []);
  await context.close();
});
