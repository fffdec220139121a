// Two at the desk with one fault: who is editing is seen at once, nothing typed is lost, and what was done last is
// taken back with one key.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { browser, holding, test } from './house.mjs';

const { PANEL, LI, ZHOU, FAULT, CARD } = process.env;
const DESK = { viewport: { width: 1440, height: 900 }, locale: 'zh-CN' };

let opened;
before(async () => { opened = await browser(); });
after(() => opened.close());

const page = async (session, path, ready = async () => {}) => {
  const context = await opened.newContext(DESK);
  await ready(context);
  await context.addCookies([{ name: 'switchboard_session', value: session, url: PANEL }]);
  const made = await context.newPage();
  await made.goto(PANEL + path);
  await made.waitForFunction(() => document.documentElement.dataset.stream === 'up');
  return made;
};

test('a colleague is seen to be editing while they are, and no longer', async () => {
  const [hers, his] = [await page(LI, `/faults/${FAULT}`), await page(ZHOU, `/faults/${FAULT}`)];
  const line = his.locator('#editing');
  assert.equal(await line.isVisible(), false);
  await hers.locator('details.edit > summary').click();
  await hers.locator('#edit-form [name=tried]').fill('换过插座');
  await line.getByText('李红正在编辑').waitFor();
  assert.match(await line.textContent(), /0\d:\d\d/);
  assert.equal(await hers.locator('#editing').isVisible(), false, 'nobody is told of themselves');
  assert.equal(await hers.locator('#edit-form [name=tried]').inputValue(), '换过插座', 'what is typed stays');
  // another record's page is not asked anew for it
  const asked = [];
  const other = await page(ZHOU, '/faults');
  other.on('request', (one) => { if (one.resourceType() === 'fetch') asked.push(one.url()); });
  await hers.locator('#edit-form [name=tried]').fill('');
  await hers.locator('#edit-form [name=tried]').blur();
  await line.waitFor({ state: 'hidden' });
  assert.deepEqual(asked, []);
  // and it is gone too where the page is closed in the middle
  await hers.locator('#edit-form [name=tried]').fill('重启过');
  await line.getByText('李红正在编辑').waitFor();
  await hers.close();
  await line.waitFor({ state: 'hidden' });
});

test('what was done last is taken back with one key, twice is twice', async () => {
  const hers = await page(LI, `/faults/${FAULT}`);
  await hers.locator('details:has(#waiting-form) > summary').click();
  await hers.locator('#waiting-form button.btn').click();
  const toast = hers.locator('#undo');
  await toast.getByText('挂起').waitFor();
  await hers.keyboard.press('Control+z');
  await hers.locator('#fault').getByText('已受理').waitFor();
  await hers.locator('#history').getByText('已撤销').waitFor();
  assert.match(await toast.textContent(), /受理/, 'the one before can be taken back next');
  await hers.locator('h1').click();
  await hers.keyboard.press('u');
  await hers.locator('#fault').getByText('新报').waitFor();
  // a number that is no fault is refused beside its field, and the page stays as it was
  await hers.locator('details:has(#duplicate-form) > summary').click();
  await hers.locator('#of').fill('F26-9999');
  await hers.locator('#duplicate-form button').click();
  await hers.locator('#duplicate-form [data-said]').getByText('没有这个单号').waitFor();
  assert.equal(await hers.locator('#of').inputValue(), 'F26-9999');
  assert.ok(hers.url().endsWith(`/faults/${FAULT}`), hers.url());
});

test('the field that is written in is never beneath the sentence that is read out', async () => {
  const context = await opened.newContext(DESK);
  await context.addCookies([{ name: 'switchboard_session', value: LI, url: PANEL }]);
  const hers = await context.newPage();
  await hers.goto(`${PANEL}/faults/new`);
  await hers.locator('[name=symptom]').focus();
  for (const name of ['tried', 'plan', 'promised', 'contract']) {
    while (!await hers.evaluate((name) => document.activeElement.name === name, name)) await hers.keyboard.press('Tab');
    const [field, strip] = [await hers.locator(`[name=${name}]`).boundingBox(), await hers.locator('.read-back').boundingBox()];
    assert.ok(field.y + field.height <= strip.y, `${name}: ${field.y + field.height} > ${strip.y}`);
  }
});

const LOOKS = [['desk', { width: 1440, height: 900 }], ['phone', { width: 390, height: 844 }]];

test('all keys are shown on every page of faults, and g t leads to the board', async () => {
  const context = await opened.newContext(DESK);
  await context.addCookies([{ name: 'switchboard_session', value: LI, url: PANEL }]);
  const hers = await context.newPage();
  for (const path of ['/faults', '/faults/new', `/faults/${FAULT}`, '/faults?view=list', '/work-orders', '/reports/faults']) {
    await hers.goto(PANEL + path);
    const list = hers.locator('#key-list');
    for (let press = 0; press < 50 && !await list.isVisible(); press += 1) {
      await hers.evaluate(() => new Promise(requestAnimationFrame));
      await hers.evaluate(() => document.activeElement.blur());
      await hers.keyboard.press('?');
    }
    assert.ok(await list.isVisible(), path);
    const box = await list.boundingBox();
    assert.ok(Math.abs(box.x + box.width / 2 - 720) < 20 && box.y > 20, `it stands in the middle of ${path}`);
    await hers.keyboard.press('Escape');
  }
  await hers.keyboard.press('g');
  await hers.keyboard.press('t');
  await hers.waitForURL(`${PANEL}/faults`);
});

test('on a telephone what can be done with a fault comes before what has happened', async () => {
  const context = await opened.newContext({ viewport: LOOKS[1][1], locale: 'zh-CN' });
  await context.addCookies([{ name: 'switchboard_session', value: LI, url: PANEL }]);
  const hers = await context.newPage();
  await hers.goto(`${PANEL}/faults/${FAULT}`);
  const top = async (what) => (await hers.locator(what).first().boundingBox()).y;
  assert.ok(await top('#fault') < await top('.act-box'));
  assert.ok(await top('.act-box') < await top('#history'));
});

test('a card fits every screen, and nothing of it is hidden', async () => {
  for (const [name, viewport] of LOOKS) {
    for (const colorScheme of ['light', 'dark']) {
      const context = await opened.newContext({ viewport, colorScheme, locale: 'zh-CN' });
      await context.addCookies([{ name: 'switchboard_session', value: LI, url: PANEL }]);
      const board = await context.newPage();
      await board.goto(`${PANEL}/faults`);
      const button = board.locator(`#hand-${CARD} button`);
      await button.scrollIntoViewIfNeeded();
      const [card, box] = [await board.locator(`#card-${CARD}`).boundingBox(), await button.boundingBox()];
      assert.ok(box.x >= card.x && box.x + box.width <= card.x + card.width, `${name} ${colorScheme}`);
      assert.ok(await board.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out');
      if (process.env.PICTURES) await board.screenshot({ path: `${process.env.PICTURES}/hand.${name}.${colorScheme}.png` });
      await context.close();
    }
  }
});

test('a card is handed over from the keyboard, and who presses second reads who was first', async () => {
  const [hers, his] = [await page(LI, '/faults'), await page(ZHOU, '/faults', holding)];
  const button = (of) => of.locator(`#hand-${CARD} button`);
  assert.match(await button(hers).textContent(), /派给 王工/);
  assert.match(await button(hers).getAttribute('title'), /在岗.*技能符合/);
  // his page does not hear of it: no news, no page
  await his.route(/\/faults$/, (route) => (route.request().method() === 'GET' ? route.abort() : route.continue()));
  await hers.locator(`#card-${CARD} > a`).focus();
  await hers.keyboard.press('Tab');
  assert.equal(await button(hers).evaluate((one) => one === document.activeElement), true, 'the next stop of Tab');
  await hers.keyboard.press('Enter');
  await hers.locator(`#column-issued #card-${CARD}`).waitFor();
  assert.equal(await button(hers).count(), 0);
  await button(his).click();
  const said = his.locator('[data-said="hands"]');
  await said.getByText('李红').waitFor();
  assert.match(await said.textContent(), /17:00 先派给了王工/);
  // who presses once more has seen nothing new: it is refused again
  const again = his.waitForResponse((answer) => answer.request().method() === 'POST');
  await button(his).click();
  assert.equal((await again).status(), 409);
  await his.unroute(/\/faults$/);
  await his.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  const orders = await his.request.get(`${PANEL}/work-orders`, { headers: { accept: 'application/json' } });
  const { items } = await orders.json();
  assert.equal(items.length, 1, 'one goes');
  // looking at the paper is no print; what went to the printer is counted, and the next one says so
  const paper = await hers.context().newPage();
  await paper.goto(`${PANEL}/work-orders/${items[0].no}/print`);
  const counted = paper.waitForResponse((answer) => answer.request().method() === 'POST');
  await paper.evaluate(() => dispatchEvent(new Event('afterprint')));
  assert.equal((await counted).status(), 200);
  await paper.getByText('补打 1').waitFor();
  // all of an order is on one sheet, on both sizes
  const { no, version } = items[0];
  const plan = { version, tasks: '检查电池内阻\n更换电池\n恢复后请客户试用', tools: '万用表\n12V 电池 ×2', instructions: '戴绝缘手套\n先断市电' };
  const planned = await hers.request.post(`${PANEL}/work-orders/${no}`, { data: plan, headers: { accept: 'application/json', 'sec-fetch-site': 'same-origin' } });
  assert.equal(planned.status(), 200, await planned.text());
  for (const size of ['', '?paper=a5']) {
    await paper.goto(`${PANEL}/work-orders/${no}/print${size}`);
    const sheets = (await paper.pdf({ preferCSSPageSize: true })).toString('latin1').match(/\/Type\s*\/Page\b/g);
    assert.equal(sheets.length, 1, size || 'A4');
  }
  if (process.env.PICTURES) await his.screenshot({ path: `${process.env.PICTURES}/hand.second.png` });
});

test('on a telephone who presses second reads it where the hand is', async () => {
  const context = await opened.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2, locale: 'zh-CN' });
  await context.addCookies([{ name: 'switchboard_session', value: ZHOU, url: PANEL }]);
  await holding(context);
  const his = await context.newPage();
  await his.goto(`${PANEL}/faults`);
  await his.route(/\/faults$/, (route) => (route.request().method() === 'GET' ? route.abort() : route.continue()));
  const said = his.locator('[data-said="hands"]');
  assert.equal(await said.evaluate((one) => getComputedStyle(one).display === 'none'), false, 'whoever listens to the page has it from the beginning');
  const form = his.locator('.fcard .hand form').last();
  const hidden = (name) => form.locator(`[name=${name}]`).inputValue();
  // 李红 sends him from her desk
  const hers = await opened.newContext({ locale: 'zh-CN' });
  await hers.addCookies([{ name: 'switchboard_session', value: LI, url: PANEL }]);
  const first = await hers.request.post(PANEL + await form.getAttribute('action'), {
    data: { version: Number(await hidden('version')), lead: Number(await hidden('lead')) },
    headers: { accept: 'application/json', 'sec-fetch-site': 'same-origin' },
  });
  assert.equal(first.status(), 200, await first.text());

  const button = form.locator('button');
  await button.scrollIntoViewIfNeeded();
  const head = await his.locator('.fhead h1').evaluate((one) => one.getBoundingClientRect().bottom);
  assert.ok(head < 0, 'the head of the page is out of sight');
  await button.tap();
  await said.getByText('李红').waitFor();
  if (process.env.PICTURES) await his.screenshot({ path: `${process.env.PICTURES}/hand.second.phone.png` });
  const seen = await said.evaluate((one) => {
    const box = one.getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return { inside: box.top >= 0 && box.bottom <= innerHeight && box.left >= 0 && box.right <= innerWidth, top: one.contains(top) };
  });
  assert.deepEqual(seen, { inside: true, top: true });
  assert.ok(await his.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out');
});

test('a fault that nobody has taken yet is accepted on a key, on the board and on its page', async () => {
  const hers = await page(LI, '/faults');
  const reported = (symptom) => hers.evaluate(async (what) => {
    const headers = { accept: 'application/json', 'content-type': 'application/json' };
    const body = JSON.stringify({ caller_number: '13800005678', company: '海宁商贸', place: '二楼', symptom: what, impact: 2, urgency: 2 });
    return (await (await fetch('/faults', { method: 'POST', headers, body })).json()).no;
  }, symptom);
  const no = await reported('门禁不开');
  await hers.locator(`#take-${no} kbd`).waitFor();
  await hers.locator('h1').click();
  await hers.keyboard.press('t');
  await hers.locator(`#card-${no} a[data-row]`).focus();
  assert.equal(await hers.locator(`#take-${no}`).count(), 1, 'without a card under the keyboard nothing is taken');
  await hers.keyboard.press('t');
  await hers.locator(`#take-${no}`).waitFor({ state: 'detached' });
  assert.equal(await hers.locator(`#card-${no}`).count(), 1);
  const other = await reported('打印机卡纸');
  await hers.goto(`${PANEL}/faults/${other}`);
  await hers.locator('form[data-item] kbd').waitFor();
  await hers.keyboard.press('t');
  await hers.locator('#fault').getByText('已受理').waitFor();
});
