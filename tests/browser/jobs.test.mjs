// The engineer's telephone: accept, set out, arrive, photograph, finish, sign without a network; then the network
// is back and everything is at the desk, once.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before } from 'node:test';
import { browser, holding, test } from './house.mjs';

const { PANEL, SESSION, DESK, ORDER, FAULT, TAKEN_BACK, TAKEN_BACK_FAULT, UNDONE, DRAFTED, OTHER } = process.env;
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

/** A finger writes on the pad of a job, or only touches it. */
const write = async (page, job, taps = false) => {
  const pad = job.locator('[data-signature]');
  await pad.evaluate((canvas) => canvas.scrollIntoView({ block: 'center' }));
  const box = await pad.boundingBox();
  await page.mouse.move(box.x + 30, box.y + 60);
  await page.mouse.down();
  if (!taps) await page.mouse.move(box.x + 160, box.y + 100, { steps: 5 });
  await page.mouse.up();
};

let opened;
before(async () => { opened = await browser(); });
after(() => opened.close());

const signedIn = async (options, session) => {
  const context = await opened.newContext(options);
  await context.addCookies([{ name: 'switchboard_session', value: session, url: PANEL }]);
  return context;
};

test('a job is done from the first yes to the signature without a network', async () => {
  const phone = await signedIn(PHONE, SESSION);
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
  // what opens for a word has the caret, and stands above the tabs
  const no = job.locator('summary', { hasText: '拒单' });
  await no.click();
  await page.waitForFunction(() => document.activeElement.closest('[data-job-act="decline"]') !== null);
  const [send, tabs] = [job.locator('[data-job-act="decline"] button'), page.locator('.tabs')];
  const below = async () => (await tabs.isVisible() ? (await tabs.boundingBox()).y : 844);
  const box = await send.boundingBox();
  assert.ok(box.y + box.height <= await below(), 'the button that sends it is in sight');
  await no.click();
  // a link that needs the network says so instead of leading to the browser's page of errors
  await job.getByRole('link', { name: '拨打' }).first().click();
  await job.getByText('请打电话让值班台转接').waitFor();
  assert.equal(new URL(page.url()).pathname, '/my/jobs');
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
  // it is seen, and one that was taken by mistake is thrown away before anybody hears of it
  await job.locator('.shots canvas').waitFor({ timeout: 30_000 });
  await job.locator('[data-photo]').setInputFiles({ name: 'q.bmp', mimeType: 'image/bmp', buffer: photograph() });
  await page.waitForFunction((no) => /2/.test(document.querySelector(`#job-${no} [data-photos]`).textContent), ORDER, { timeout: 30_000 });
  await job.locator('.shots').getByRole('button', { name: '删除' }).last().click();
  await page.waitForFunction((no) => /1/.test(document.querySelector(`#job-${no} [data-photos]`).textContent), ORDER);
  assert.equal(await job.locator('.shots:not([hidden]) li').count(), 1);
  await job.getByLabel('处理过程').fill('更换电池组');
  await job.getByRole('button', { name: '完工', exact: true }).click();
  await write(page, job);
  assert.equal(await job.getByLabel('客户姓名').inputValue(), '王建国', 'who called is there already');
  await job.getByText('非常满意').waitFor();
  await job.getByRole('button', { name: '签字', exact: true }).click();
  await page.waitForFunction(() => Number(document.documentElement.dataset.queued) >= 7);
  assert.match(await page.locator('#net').textContent(), /6 项待同步/, 'a signature is no step of its own');
  assert.equal(await job.locator('[data-state-name]').textContent(), '已签字');
  // a page that was kept knows how old it is: its clock is right after a reload without a network
  await page.reload();
  await page.waitForFunction((no) => document.getElementById(`job-${no}`)?.dataset.state === 'signed', ORDER);
  assert.equal(await job.locator('[data-state-name]').textContent(), '已签字', 'as in any other tab');
  assert.ok(await page.evaluate(() => document.body.dataset.got), 'it says when it came');

  await phone.setOffline(false);
  await page.evaluate(() => dispatchEvent(new Event('online')));
  await page.waitForFunction(() => document.documentElement.dataset.queued === '0', null, { timeout: 20_000 });
  assert.equal(await page.locator('#kept').isVisible(), false, 'everything was applied');
  assert.deepEqual(wrong, [], 'the policy was not hurt');

  const desk = await signedIn({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' }, DESK);
  const board = await desk.newPage();
  await board.goto(`${PANEL}/faults`);
  await board.locator(`#column-resolved #card-${FAULT}`).waitFor();
  if (process.env.PICTURES) {
    for (const [name, address] of [['faults', '/faults'], ['fault', `/faults/${FAULT}`], ['order', `/work-orders/${ORDER}`], ['print', `/work-orders/${ORDER}/print`]]) {
      await board.goto(`${PANEL}${address}`);
      await board.screenshot({ path: `${process.env.PICTURES}/${name}.png` });
    }
  }
});

test('what was taken back meanwhile is a note that the engineer and the desk see', async () => {
  const phone = await signedIn(PHONE, SESSION);
  const page = await phone.newPage();
  await page.goto(`${PANEL}/my/jobs`);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload();
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await page.reload();
  await phone.setOffline(true);
  await page.locator(`#job-${TAKEN_BACK}`).getByRole('button', { name: '接单', exact: true }).click();
  await page.waitForFunction(() => Number(document.documentElement.dataset.queued) === 1);
  // half a sentence stands in a form of the job that somebody takes away
  await page.locator(`#job-${TAKEN_BACK} [data-job-act="note"] [name=reason]`).evaluate((field) => {
    field.value = '门卡在物业';
    field.dispatchEvent(new Event('input', { bubbles: true }));
  });

  const desk = await signedIn({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' }, DESK);
  const answer = await desk.request.post(`${PANEL}/work-orders/${TAKEN_BACK}/acts/recall`, {
    data: { reason: '客户改期' }, headers: { accept: 'application/json', 'sec-fetch-site': 'same-origin' },
  });
  assert.equal(answer.status(), 200);
  await phone.setOffline(false);
  await page.evaluate(() => dispatchEvent(new Event('online')));
  await page.locator('#kept').waitFor({ state: 'visible', timeout: 20_000 });
  assert.match(await page.locator('#kept').textContent(), /已撤回/);
  await page.locator(`#job-${TAKEN_BACK}`).waitFor({ state: 'detached' });
  await page.locator('#kept li').filter({ hasText: '门卡在物业' }).waitFor();
  // it stays explained until it was read
  await page.reload();
  await page.locator('#kept').waitFor({ state: 'visible' });
  assert.equal(await page.locator('#kept li').count(), 2);
  assert.match(await page.locator('#kept li').filter({ hasText: '接单' }).textContent(), new RegExp(`${TAKEN_BACK}.*接单.*已撤回`));
  assert.match(await page.locator('#kept li').filter({ hasText: '门卡在物业' }).textContent(), new RegExp(`${TAKEN_BACK}.*不在您的清单上`));
  for (const rest of [1, 0]) {
    await page.locator('#kept').getByRole('button', { name: '知道了' }).first().click();
    await page.waitForFunction((rest) => document.querySelectorAll('#kept li').length === rest, rest);
  }
  await page.locator('#kept').waitFor({ state: 'hidden' });
  await page.reload();
  await page.locator('#jobs').waitFor();
  await page.waitForFunction(() => document.documentElement.dataset.queued === '0');
  assert.equal(await page.locator('#kept').isVisible(), false);
  const fault = await desk.newPage();
  await fault.goto(`${PANEL}/faults/${TAKEN_BACK_FAULT}`);
  await fault.getByText('离线操作未应用').first().waitFor();
});

test('what was taken back without a network stays taken back after a reload, and so does what was not', async () => {
  const phone = await signedIn(PHONE, SESSION);
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
  const desk = await signedIn({ locale: 'zh-CN' }, DESK);
  const order = await desk.request.get(`${PANEL}/work-orders/${UNDONE}`, { headers: { accept: 'application/json' } });
  assert.equal((await order.json()).state, 'acked');
  await page.reload();
  await stands('acked');
});

test('two tabs of one telephone have one queue: each act is told once, and both show the same', async () => {
  const phone = await signedIn(PHONE, SESSION);
  const [one, two] = [await phone.newPage(), await phone.newPage()];
  const both = async (state, count) => {
    for (const page of [one, two]) {
      await page.waitForFunction(([no, state, count]) => document.getElementById(`job-${no}`)?.dataset.state === state
        && document.documentElement.dataset.queued === String(count), [UNDONE, state, count]);
    }
  };
  const press = (page, name) => page.locator(`#job-${UNDONE}`).getByRole('button', { name, exact: true }).click();
  for (const page of [one, two]) await page.goto(`${PANEL}/my/jobs`);
  await both('acked', 0);
  await phone.setOffline(true);
  await press(one, '出发');
  await both('en_route', 1);
  // what nobody has heard of is taken back in the other tab
  await press(two, '撤销“出发”');
  await both('acked', 0);
  await press(two, '出发');
  await both('en_route', 1);
  await press(one, '到场');
  await both('on_site', 2);
  const told = [];
  phone.on('response', (answer) => { if (answer.url().endsWith('/my/jobs/acts')) told.push(answer.request().postDataJSON().verb); });
  await phone.setOffline(false);
  await Promise.all([one, two].map((page) => page.evaluate(() => dispatchEvent(new Event('online')))));
  await both('on_site', 0);
  for (const page of [one, two]) await page.waitForFunction((no) => document.getElementById(`job-${no}`)?.dataset.server === 'on_site', UNDONE);
  assert.deepEqual(told, ['depart', 'arrive'], 'each once, in order');
  // the session ends, and one of them signs in again: the other knows it by that
  await phone.clearCookies();
  await one.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await one.locator('#net a').waitFor({ state: 'visible' });
  await phone.addCookies([{ name: 'switchboard_session', value: SESSION, url: PANEL }]);
  await two.goto(`${PANEL}/my/jobs`);
  await one.locator('#net').waitFor({ state: 'hidden', timeout: 10_000 });
});

test('what the house fails on holds up its own job alone, and is shown until it was delivered', async () => {
  const phone = await signedIn({ ...PHONE, serviceWorkers: 'block' }, SESSION);
  await holding(phone);
  const page = await phone.newPage();
  const queued = (count) => page.waitForFunction((count) => document.documentElement.dataset.queued === String(count), count);
  const note = async (no, words) => {
    const job = page.locator(`#job-${no}`);
    await job.locator('details:has([data-job-act="note"])').evaluate((details) => { details.open = true; });
    await job.locator('[data-job-act="note"] [name=reason]').fill(words);
    await job.getByRole('button', { name: '记下', exact: true }).click();
  };
  await page.goto(`${PANEL}/my/jobs`);
  await page.locator(`#job-${UNDONE}`).waitFor();
  await queued(0);
  const told = [];
  await phone.route('**/my/jobs/acts', (route) => {
    const { no, details } = route.request().postDataJSON();
    told.push(details.reason);
    return no === UNDONE ? route.fulfill({ status: 500, json: { title: 'broken' } }) : route.continue();
  });
  const online = () => page.evaluate(() => dispatchEvent(new Event('online')));
  const fails = async (how) => {
    const answered = page.waitForResponse((answer) => answer.url().endsWith('/my/jobs/acts') && answer.status() === 500);
    await how();
    await answered;
  };
  await fails(() => note(UNDONE, '门锁着'));
  // the form is closed, and the card says what waits
  const spoken = page.locator(`#job-${UNDONE} .spoken`);
  assert.match(await spoken.textContent(), /记一笔.*门锁着.*待发送/);
  assert.equal(await page.locator(`#job-${UNDONE} [data-job-act="note"]`).isVisible(), false);
  await note(UNDONE, '等物业');
  const taken = page.waitForResponse((answer) => answer.url().endsWith('/my/jobs/acts') && answer.status() === 200);
  await note(DRAFTED, '带梯子');
  assert.equal((await taken).request().postDataJSON().no, DRAFTED, 'another job goes on at once');
  await queued(2);
  assert.ok(!told.includes('等物业'), 'what came later waits');
  assert.equal(await page.locator('#kept').isVisible(), false, 'one failure is none');
  // so it went on for a while: the telephone's clock cannot be turned, so what it keeps is
  await page.evaluate(() => new Promise((resolve) => {
    const open = indexedDB.open('jobs', 1);
    open.onsuccess = () => {
      const tx = open.result.transaction('acts', 'readwrite');
      const acts = tx.objectStore('acts');
      const asked = acts.getAll();
      asked.onsuccess = () => acts.put({ ...asked.result[0], failing: { tries: 9, since: 0 } });
      tx.oncomplete = resolve;
    };
  }));
  await fails(online);
  const kept = page.locator('#kept');
  await kept.getByText('服务器出错').waitFor();
  assert.match(await kept.textContent(), new RegExp(`${UNDONE}.*门锁着`));
  await queued(2);
  await phone.unroute('**/my/jobs/acts');
  await kept.getByRole('button', { name: '再试一次' }).click();
  await queued(0);
  await kept.waitFor({ state: 'hidden' });
  await page.locator('#sent').getByText('已送达').waitFor();
  await page.waitForFunction((no) => !document.querySelector(`#job-${no} .spoken [data-unsent]`), UNDONE);
  assert.match(await spoken.textContent(), /门锁着.*等物业/);
  const desk = await signedIn({ locale: 'zh-CN' }, DESK);
  const order = await (await desk.request.get(`${PANEL}/work-orders/${UNDONE}`, { headers: { accept: 'application/json' } })).json();
  assert.deepEqual(order.events.filter((event) => event.verb === 'note').map((event) => event.text), ['门锁着', '等物业']);
});

test('what is written, ticked and drawn outlives news and a reload, and what is missing is said at its place', async () => {
  const phone = await signedIn(PHONE, SESSION);
  const desk = await signedIn({ locale: 'zh-CN' }, DESK);
  const says = async (verb, data = {}) => {
    const answer = await desk.request.post(`${PANEL}/work-orders/${DRAFTED}/acts/${verb}`, { data, headers: { accept: 'application/json', 'sec-fetch-site': 'same-origin' } });
    assert.equal(answer.status(), 200, await answer.text());
  };
  for (const verb of ['accept', 'depart', 'arrive']) await says(verb);
  const page = await phone.newPage();
  const job = page.locator(`#job-${DRAFTED}`);
  const press = (name) => job.getByRole('button', { name, exact: true }).click();
  const stands = (state) => page.waitForFunction(([no, state]) => document.getElementById(`job-${no}`)?.dataset.state === state, [DRAFTED, state]);
  const queued = (count) => page.waitForFunction((count) => document.documentElement.dataset.queued === String(count), count);
  const wrong = async (words) => {
    const line = job.locator('.wrong');
    await line.waitFor({ state: 'visible' });
    assert.match(await line.textContent(), words);
  };
  const holds = (name) => job.locator(`[data-job-act="finish"] [name=${name}]`).inputValue();
  const inked = () => job.locator('[data-signature]').evaluate((pad) => pad.getContext('2d').getImageData(0, 0, pad.width, pad.height).data.some(Boolean));
  /** The desk writes something, and the page is drawn anew. */
  const news = async () => {
    await job.evaluate((old) => { document.activeElement.blur(); old.dataset.old = ''; });
    await says('note', { reason: '客户催' });
    await page.evaluate(() => dispatchEvent(new Event('online')));
    await page.waitForFunction((no) => document.getElementById(`job-${no}`)?.dataset.old === undefined, DRAFTED);
  };
  await page.goto(`${PANEL}/my/jobs`);
  await job.waitFor();

  // a fee nobody can read is told before anything is queued
  await job.locator('.checklist input').first().check();
  await job.getByLabel('处理过程').fill('更换电池组');
  // Enter goes on to the next field and sends nothing
  await job.locator('[data-job-act="finish"] [name=cause]').press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.name), 'parts');
  await job.getByLabel('费用').fill('一百二');
  await press('完工');
  await wrong(/费用看不懂/);
  assert.equal(await page.evaluate(() => document.activeElement.name), 'fee');
  await queued(0);
  await news();
  await page.reload();
  assert.deepEqual([await holds('work_done'), await holds('fee')], ['更换电池组', '一百二']);
  assert.equal(await job.locator('.checklist input').first().isChecked(), true);
  // a file that is no picture says so
  await job.locator('[data-photo]').setInputFiles({ name: 'p.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no picture') });
  await wrong(/不是能用的照片/);
  // one in a format that no browser reads says what to do
  const heic = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic'), Buffer.alloc(40)]);
  await job.locator('[data-photo]').setInputFiles({ name: 'IMG_0001.HEIC', mimeType: '', buffer: heic });
  await job.locator('.wrong', { hasText: '兼容性最佳' }).waitFor();
  await queued(0);
  await job.getByLabel('费用').fill('120.50');
  await press('完工');
  await stands('done');
  await queued(0);
  assert.equal(await holds('work_done'), '');
  // told and taken back: what was written stands in the form again, also after a reload
  await page.reload();
  await stands('done');
  await job.locator('[data-undo-own]').click();
  await stands('on_site');
  await queued(0);
  assert.deepEqual([await holds('work_done'), await holds('fee')], ['更换电池组', '120.50']);
  await page.reload();
  await stands('on_site');
  assert.deepEqual([await holds('work_done'), await holds('fee')], ['更换电池组', '120.50']);
  await press('完工');
  await stands('done');
  await queued(0);
  assert.equal(await holds('work_done'), '');

  // a tap is no signature, and a signature without a name is none
  await job.getByLabel('客户姓名').fill('王建国');
  await write(page, job, true);
  await press('签字');
  await wrong(/一下不算/);
  assert.equal(await page.evaluate(() => document.activeElement.matches('[data-signature]')), true);
  await write(page, job);
  await job.getByLabel('客户姓名').fill('');
  await press('签字');
  await wrong(/客户姓名/);
  assert.equal(await page.evaluate(() => document.activeElement.name), 'customer');
  await job.locator('[name=satisfaction][value="5"]').check({ force: true });
  await news();
  assert.equal(await inked(), true, 'what was drawn outlives news');
  assert.equal(await job.locator('[name=satisfaction][value="5"]').isChecked(), true);
  await page.reload();
  await stands('done');
  assert.equal(await inked(), true, 'and a reload');

  // the session is over: it is said, and nothing is lost
  await phone.clearCookies();
  await job.getByLabel('客户姓名').fill('王建国');
  await press('签字');
  const again = page.locator('#net a');
  await again.waitFor({ state: 'visible' });
  assert.match(await page.locator('#net').textContent(), /登录已过期.*1 项待同步/);
  assert.equal(await again.getAttribute('href'), '/sign-in?next=/my/jobs');
  // somebody else signs in on the same telephone: nothing of it is told as theirs, shown to them or lost
  const kept = () => page.evaluate(() => new Promise((resolve) => {
    const open = indexedDB.open('jobs', 1);
    open.onsuccess = () => {
      const asked = open.result.transaction('acts').objectStore('acts').getAll();
      asked.onsuccess = () => resolve(asked.result.map((act) => act.what ?? act.kind));
    };
  }));
  assert.deepEqual(await kept(), ['signature', '签字']);
  await phone.addCookies([{ name: 'switchboard_session', value: OTHER, url: PANEL }]);
  const refused = page.waitForResponse((answer) => answer.url().includes('/pictures'));
  await page.evaluate(() => dispatchEvent(new Event('online')));
  assert.equal((await refused).status(), 401);
  await page.goto(`${PANEL}/my/jobs`);
  await page.locator('#net').getByText('另有 2 项').waitFor();
  await queued(0);
  assert.equal(await page.locator('#kept').isVisible(), false);
  assert.deepEqual(await kept(), ['signature', '签字']);
  await phone.addCookies([{ name: 'switchboard_session', value: SESSION, url: PANEL }]);
  await page.goto(`${PANEL}/my/jobs`);
  await queued(0);
  const order = await (await desk.request.get(`${PANEL}/work-orders/${DRAFTED}`, { headers: { accept: 'application/json' } })).json();
  assert.deepEqual([order.state, order.satisfaction, order.fee_fen], ['signed', 5, 12050]);
  assert.deepEqual(order.ticked, ['换电池'], 'what was ticked is told with what was pressed');
  assert.deepEqual(order.pictures.map((one) => one.became), ['signed']);
});

test('the card of a step that was pressed stays under the hand where the jobs come in another order', async () => {
  const phone = await signedIn(PHONE, SESSION);
  const desk = await signedIn({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' }, DESK);
  const headers = { accept: 'application/json', 'sec-fetch-site': 'same-origin' };
  const me = (await (await phone.request.get(`${PANEL}/me`, { headers })).json()).id;
  const made = async (path, data) => {
    const answer = await desk.request.post(PANEL + path, { data, headers });
    assert.equal(answer.status(), 200, await answer.text());
    return (await answer.json()).no;
  };
  const fault = await made('/faults', { caller_number: '13800005678', company: '海宁商贸', place: '二楼', symptom: '打印机卡纸', impact: 3, urgency: 3, plan: '清纸路', promised_at: '2026-11-30T11:00:00.000Z', accept: true });
  const order = await made(`/faults/${fault}/work-orders`, { lead: me });
  const page = await phone.newPage();
  await page.goto(`${PANEL}/my/jobs`);
  const job = page.locator(`#job-${order}`);
  await job.getByRole('button', { name: '接单', exact: true }).click();
  await page.waitForFunction((no) => document.getElementById(`job-${no}`)?.dataset.server === 'acked', order);
  await page.waitForFunction((no) => {
    const { top, bottom } = document.getElementById(`job-${no}`).getBoundingClientRect();
    return top < innerHeight - 200 && bottom > 200;
  }, order);
});
