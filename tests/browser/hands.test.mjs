// The operator's hands: two calls kept apart, a shift without a mouse, and what is to be done beside
// the calls.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { PANEL, browser, desk, open, putAway, stage } from './house.mjs';

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
  await page.locator('.hand-waiting a').click();
  await page.waitForFunction(() => document.querySelector('#hand').dataset.name === '徐海燕');
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
