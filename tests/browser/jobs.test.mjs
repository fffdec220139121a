// The engineer's telephone: accept, set out, arrive, photograph, finish, sign without a network; then the network
// is back and everything is at the desk, once.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { browser } from './house.mjs';

const { PANEL, SESSION, DESK, ORDER, FAULT, TAKEN_BACK, TAKEN_BACK_FAULT, UNDONE } = process.env;
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2, locale: 'zh-CN' };

/** A photograph as a telephone takes it: noise compresses badly, 9 MB. */
const photograph = () => {
  const [width, height] = [2000, 1500];
  const head = Buffer.alloc(54);
  head.write('BM');
  head.writeUInt32LE(54 + width * height * 3, 2);
  head.writeUInt32LE(54, 10);
  head.writeUInt32LE(40, 14);
  head.writeInt32LE(width, 18);
  head.writeInt32LE(height, 22);
  head.writeUInt16LE(1, 26);
  head.writeUInt16LE(24, 28);
  return Buffer.concat([head, randomBytes(width * height * 3)]);
};

const signedIn = async (opened, options, session) => {
  const context = await opened.newContext(options);
  await context.addCookies([{ name: 'switchboard_session', value: session, url: PANEL }]);
  return context;
};

test('a job is done from the first yes to the signature without a network', async () => {
  const opened = await browser();
  try {
    const phone = await signedIn(opened, PHONE, SESSION);
    const page = await phone.newPage();
    const wrong = [];
    page.on('console', (said) => { if (said.text().includes('Content Security Policy')) wrong.push(said.text()); });
    let weight = 0;
    page.on('response', async (answer) => {
      const sizes = await answer.request().sizes().catch(() => null);
      weight += sizes ? sizes.responseBodySize + sizes.responseHeadersSize : 0;
    });
    await page.goto(`${PANEL}/my/jobs`);
    const job = page.locator(`#job-${ORDER}`);
    await job.waitFor();
    await page.waitForTimeout(300);
    assert.ok(weight < 100 * 1024, `the first load is ${weight} bytes`);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out');
    await page.evaluate(() => navigator.serviceWorker.ready);
    // the second visit goes through the service worker, which keeps the page and its parts
    await page.reload();
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await page.reload();

    await phone.setOffline(true);
    await job.getByRole('button', { name: '接单', exact: true }).click();
    await page.waitForFunction((no) => document.getElementById(`job-${no}`).dataset.state === 'acked', ORDER);
    await page.reload();
    await page.waitForFunction((no) => document.getElementById(`job-${no}`)?.dataset.state === 'acked', ORDER);
    assert.match(await page.locator('#net').textContent(), /1 项待同步/);
    await job.getByRole('button', { name: '出发', exact: true }).click();
    // pressed too early: taken back before anybody heard of it, and pressed again
    await job.getByRole('button', { name: '撤销“出发”' }).click();
    await page.waitForFunction((no) => document.getElementById(`job-${no}`).dataset.state === 'acked', ORDER);
    assert.match(await page.locator('#net').textContent(), /1 项待同步/);
    await job.getByRole('button', { name: '出发', exact: true }).click();
    await job.getByRole('button', { name: '到场', exact: true }).click();
    await job.locator('[data-photo]').setInputFiles({
      name: 'p.bmp', mimeType: 'image/bmp', buffer: photograph(),
    });
    await page.waitForFunction((no) => /1/.test(document.querySelector(`#job-${no} [data-photos]`).textContent), ORDER, { timeout: 30_000 });
    await job.getByLabel('处理过程').fill('更换电池组');
    await job.getByRole('button', { name: '完工', exact: true }).click();
    const pad = job.locator('[data-signature]');
    await pad.scrollIntoViewIfNeeded();
    const box = await pad.boundingBox();
    await page.mouse.move(box.x + 30, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + 160, box.y + 100, { steps: 5 });
    await page.mouse.up();
    await job.getByLabel('客户姓名').fill('王建国');
    await job.getByRole('button', { name: '签字', exact: true }).click();
    await page.waitForFunction(() => Number(document.documentElement.dataset.queued) >= 7);

    await phone.setOffline(false);
    await page.evaluate(() => dispatchEvent(new Event('online')));
    await page.waitForFunction(() => document.documentElement.dataset.queued === '0', null, { timeout: 20_000 });
    assert.equal(await page.locator('#kept').isVisible(), false, 'everything was applied');
    assert.deepEqual(wrong, [], 'the policy was not hurt');

    const desk = await signedIn(opened, { viewport: { width: 1440, height: 900 }, locale: 'zh-CN' }, DESK);
    const board = await desk.newPage();
    await board.goto(`${PANEL}/faults`);
    await board.locator(`#column-resolved #card-${FAULT}`).waitFor();
    if (process.env.PICTURES) {
      for (const [name, address] of [['faults', '/faults'], ['fault', `/faults/${FAULT}`], ['order', `/work-orders/${ORDER}`], ['print', `/work-orders/${ORDER}/print`]]) {
        await board.goto(`${PANEL}${address}`);
        await board.screenshot({ path: `${process.env.PICTURES}/${name}.png` });
      }
    }
  } finally {
    await opened.close();
  }
});

test('what was taken back meanwhile is a note that the engineer and the desk see', async () => {
  const opened = await browser();
  try {
    const phone = await signedIn(opened, PHONE, SESSION);
    const page = await phone.newPage();
    await page.goto(`${PANEL}/my/jobs`);
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.reload();
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await page.reload();
    await phone.setOffline(true);
    await page.locator(`#job-${TAKEN_BACK}`).getByRole('button', { name: '接单', exact: true }).click();
    await page.waitForFunction(() => Number(document.documentElement.dataset.queued) === 1);

    const desk = await signedIn(opened, { viewport: { width: 1440, height: 900 }, locale: 'zh-CN' }, DESK);
    const answer = await desk.request.post(`${PANEL}/work-orders/${TAKEN_BACK}/acts/recall`, {
      data: { reason: '客户改期' }, headers: { accept: 'application/json', 'sec-fetch-site': 'same-origin' },
    });
    assert.equal(answer.status(), 200);
    await phone.setOffline(false);
    await page.evaluate(() => dispatchEvent(new Event('online')));
    await page.locator('#kept').waitFor({ state: 'visible', timeout: 20_000 });
    assert.match(await page.locator('#kept').textContent(), /已撤回/);
    const fault = await desk.newPage();
    await fault.goto(`${PANEL}/faults/${TAKEN_BACK_FAULT}`);
    await fault.getByText('离线操作未应用').first().waitFor();
  } finally {
    await opened.close();
  }
});

test('what was taken back without a network stays taken back after a reload, and so does what was not', async () => {
  const opened = await browser();
  try {
    const phone = await signedIn(opened, PHONE, SESSION);
    const page = await phone.newPage();
    const job = page.locator(`#job-${UNDONE}`);
    const press = (name) => job.getByRole('button', { name, exact: true }).click();
    const stands = (state) => page.waitForFunction(([no, state]) => document.getElementById(`job-${no}`)?.dataset.state === state, [UNDONE, state]);
    const heard = (state) => page.waitForFunction(([no, state]) => document.getElementById(`job-${no}`)?.dataset.server === state, [UNDONE, state]);
    const queued = (count) => page.waitForFunction((count) => document.documentElement.dataset.queued === String(count), count);
    await page.goto(`${PANEL}/my/jobs`);
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.reload();
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await press('接单');
    await heard('acked');
    await queued(0);
    await press('出发');
    await heard('en_route');
    await queued(0);
    await page.reload();
    await stands('en_route');

    // the house knows that he set out; that he did not after all is known to the telephone alone
    await phone.setOffline(true);
    await press('撤销“出发”');
    await stands('acked');
    await page.reload();
    await stands('acked');
    await queued(1);
    assert.equal(await job.locator('.undo-own').isVisible(), false, 'there is nothing left to take back');
    // pressed again, and taken back again before anybody hears of it
    await press('出发');
    await stands('en_route');
    await page.reload();
    await stands('en_route');
    await queued(2);
    await press('撤销“出发”');
    await stands('acked');
    await page.reload();
    await stands('acked');
    await queued(1);
    assert.equal(await job.getByRole('button', { name: '出发', exact: true }).isVisible(), true);

    await phone.setOffline(false);
    await page.evaluate(() => dispatchEvent(new Event('online')));
    await queued(0);
    assert.equal(await page.locator('#kept').isVisible(), false, 'it was applied');
    const desk = await signedIn(opened, { locale: 'zh-CN' }, DESK);
    const order = await desk.request.get(`${PANEL}/work-orders/${UNDONE}`, { headers: { accept: 'application/json' } });
    assert.equal((await order.json()).state, 'acked');
    await page.reload();
    await stands('acked');
  } finally {
    await opened.close();
  }
});
