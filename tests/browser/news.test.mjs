// The engineer's telephone comes back to news: what was taken back on the road without a network, and what the desk did
// meanwhile, stand on the page as the house knows them.

import assert from 'node:assert/strict';
import { browser, test } from './house.mjs';

const { PANEL, WANG, LI, LEAD, ORDER, FRESH } = process.env;
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2, locale: 'zh-CN' };

const signedIn = async (opened, options, session) => {
  const context = await opened.newContext(options);
  await context.addCookies([{ name: 'switchboard_session', value: session, url: PANEL }]);
  return context;
};

test('who takes back a step without a network and comes back to news sees what is so', async () => {
  const opened = await browser();
  try {
    const phone = await signedIn(opened, PHONE, WANG);
    const desk = await signedIn(opened, { locale: 'zh-CN' }, LI);
    const says = async (path, data) => {
      const answer = await desk.request.post(PANEL + path, { data, headers: { accept: 'application/json', 'sec-fetch-site': 'same-origin' } });
      assert.equal(answer.status(), 200, await answer.text());
      return answer.json();
    };
    const knows = async () => {
      const answer = await desk.request.get(`${PANEL}/work-orders/${ORDER}`, { headers: { accept: 'application/json' } });
      return (await answer.json()).state;
    };
    const page = await phone.newPage();
    const job = page.locator(`#job-${ORDER}`);
    const press = (name) => job.getByRole('button', { name, exact: true }).click();
    const stands = (state) => page.waitForFunction(([no, state]) => document.getElementById(`job-${no}`)?.dataset.state === state, [ORDER, state]);
    const queued = (count) => page.waitForFunction((count) => document.documentElement.dataset.queued === String(count), count);
    /** The house has heard of it, and the telephone that it has. */
    const told = async (state) => {
      while (await knows() !== state) await page.evaluate(() => new Promise(requestAnimationFrame));
      await queued(0);
      await stands(state);
    };
    const back = async () => {
      await phone.setOffline(false);
      await page.evaluate(() => dispatchEvent(new Event('online')));
    };
    await page.goto(`${PANEL}/my/jobs`);
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.reload();
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await press('接单');
    await told('acked');
    await press('出发');
    await told('en_route');

    // who leads is not offered to go along too
    const sending = await desk.newPage();
    await sending.goto(`${PANEL}/faults/${FRESH}`);
    await sending.locator(`#dispatch-form [name="lead"][value="${LEAD}"]`).check({ force: true });
    await sending.waitForFunction((lead) => document.querySelector(`#dispatch-form [name="crew"][value="${lead}"]`)?.closest('label').hidden, LEAD);
    await sending.close();

    // taken back on the road; meanwhile the desk sends another job
    await phone.setOffline(true);
    await press('撤销“出发”');
    await stands('acked');
    await queued(1);
    const other = await says(`/faults/${FRESH}/work-orders`, { lead: Number(LEAD) });
    await back();
    await told('acked');
    await page.locator(`#job-${other.no}`).waitFor();
    await stands('acked');
    assert.equal(await page.locator('#kept').isVisible(), false, 'it was applied');
    assert.equal(await job.locator('.undo-own').isVisible(), false, 'there is nothing left to take back');
    assert.equal(await knows(), 'acked');

    // set out again and taken back again, but the desk has seen him arrive; he is writing a note when that is known
    await press('出发');
    await told('en_route');
    await phone.setOffline(true);
    await press('撤销“出发”');
    await stands('acked');
    await says(`/work-orders/${ORDER}/acts/arrive`, {});
    await job.locator('details:has([data-job-act="note"]) > summary').click();
    const note = job.locator('[data-job-act="note"] [name=reason]');
    await note.fill('门禁要登记');
    await back();
    await page.locator('#kept').waitFor({ state: 'visible' });
    assert.match(await page.locator('#kept').textContent(), new RegExp(`${ORDER}.*在现场`));
    await stands('on_site');
    assert.equal(await note.inputValue(), '门禁要登记', 'what is typed stays');
    assert.equal(await job.getByRole('button', { name: '完工', exact: true }).isVisible(), true);
    assert.equal(await job.getByRole('button', { name: '到场', exact: true }).isVisible(), false);
    assert.equal(await job.locator('.undo-own').isVisible(), false, 'what the desk did is not his to take back');
    await job.getByRole('button', { name: '记下', exact: true }).click();
    await told('on_site');

    // a page that was opened without a network hears news once there is one
    await phone.setOffline(true);
    await page.reload();
    await page.locator(`#job-${other.no}`).waitFor();
    await back();
    await page.locator('#net').waitFor({ state: 'hidden' });
    await says(`/work-orders/${other.no}/acts/recall`, { reason: '客户改期' });
    await page.locator(`#job-${other.no}`).waitFor({ state: 'detached', timeout: 10_000 });
    await stands('on_site');
    // who took it away and why stands there until he has seen it, which waits for a network like all he does
    const takenAway = page.locator('#banners .ask').filter({ hasText: other.no });
    await takenAway.locator('b', { hasText: '客户改期' }).waitFor();
    assert.match(await takenAway.textContent(), /撤回/);
    await phone.setOffline(true);
    await takenAway.getByRole('button', { name: '收到' }).click();
    await takenAway.waitFor({ state: 'hidden' });
    await queued(1);
    await page.reload();
    await queued(1);
    assert.equal(await takenAway.isVisible(), false, 'also after a reload');
    await back();
    await queued(0);
    await page.reload();
    await job.waitFor();
    assert.equal(await takenAway.count(), 0);

    // a colleague finishes while he still writes: the card is not old under his hands, and nothing he wrote is lost
    await job.getByLabel('处理过程').fill('换了两节电池');
    await says(`/work-orders/${ORDER}/acts/finish`, { work_done: '更换电池组' });
    await stands('done');
    const kept = page.locator('#kept li').filter({ hasText: '换了两节电池' });
    await kept.getByText('由别人完成').waitFor();
    assert.equal(await kept.count(), 1);
    assert.equal(await job.getByRole('button', { name: '完工', exact: true }).isVisible(), false);
  } finally {
    await opened.close();
  }
});
