// The supervisor's pages in a browser: figures on the page are the JSON's, a click on a figure lists
// exactly its calls, the wall can be read across a room. Leaves pictures where PICTURES says.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { LONG, PANEL, browser, desk, stage, test } from './house.mjs';
import { LOOKS, PICTURES, asked, picture, wrong } from './looks.mjs';

const NOON = Date.parse('2026-11-23T12:00:00+08:00');
const DAY = 86_400_000;
const SUPERVISOR = { roles: 'supervisor' };

let opened;
before(async () => {
  opened = await browser();
  await month();
});
after(() => opened.close());

/** A generator of chance with a seed (mulberry32), so that every run shows one month. */
function chance(seed) {
  let a = seed;
  return (of) => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % of;
  };
}

/** Five weeks of calls, busier before noon, worse on Friday evenings. */
async function month() {
  const pick = chance(7);
  const lines = [];
  for (let back = 34; back >= 0; back--) {
    for (let hour = 8; hour < 21; hour++) {
      const calls = [1, 3, 4, 4, 2, 2, 3, 4, 3, 2, 3, 2, 1][hour - 8];
      for (let n = 0; n < pick(calls * 2 + 1); n++) {
        const offered = NOON - back * DAY + (hour - 12) * 3_600_000 + pick(3_600_000);
        if (offered > NOON - 600_000) continue;
        const local = new Date(offered + 8 * 3_600_000);
        const bad = local.getUTCDay() === 5 && hour >= 17 ? 30 : 6;
        const fate = pick(100);
        const late = fate < bad;
        const outcome = late ? 'late' : fate < bad + 4 ? 'abandoned' : fate < bad + 6 ? 'abandoned_short' : 'met';
        const waited = outcome === 'met' ? 300 + pick(pick(3) ? 5_000 : 14_000) : outcome === 'late' ? 15_000 + pick(14_000) : outcome === 'abandoned' ? 6_000 + pick(30_000) : pick(4_900);
        const rang = offered + 60 + (pick(40) ? 0 : 2_400);
        const lifted = outcome === 'met' || outcome === 'late' ? rang + waited : null;
        const over = (lifted ?? rang + waited) + (lifted ? 20_000 + pick(300_000) : 0);
        const date = local.toISOString().slice(0, 10);
        lines.push(`('r${lines.length}', 1, 'main', '${pick(4) ? '4008001234' : '4008005678'}', '400', '+8613800001234', FALSE, 'ended', ${offered}, ${rang}, ${lifted ?? 'NULL'}, ${over}, ${Math.floor(waited / 5000) + 1}, ${lifted ? Math.floor(waited / 5000) + 1 : 'NULL'}, ${lifted ? waited : 'NULL'}, ${(lifted ?? over) - offered}, ${lifted ? `'801', ${1 + pick(2)}` : 'NULL, NULL'}, '${outcome}', '${pick(3) ? 'caller' : 'us'}', TRUE, 'position_180', 5000, 3, 15000, 2, '${date}', ${hour})`);
      }
    }
  }
  const columns = 'uid, version, pbx, hotline_number, hotline_name, caller_number, withheld, state, offered_at, rang_at, answered_at, ended_at, rings, answer_rings, answer_ms, caller_wait_ms, answered_extension, answered_staff, outcome, ended_by, end_seen, evidence, cycle_ms, target_rings, target_ms, colleague_rings, business_date, local_hour';
  for (let n = 0; n < lines.length; n += 100) {
    await stage.rows(`INSERT INTO calls (${columns}) VALUES ${lines.slice(n, n + 100).join(', ')}`);
  }
  const faults = ['new', 'closed', 'closed', 'resolved', 'reopened'].map((state, n) =>
    `('F26-90${n}', 1, '${state}', ${NOON - n * DAY}, '2026-11-${23 - n}', '', '', '${n % 2 ? '汉庭' : '华泰'}', '', '', '', '', '打印机不通', '打印', '', 1, 1, 1, '', '', '修好了', '', 0, '')`);
  await stage.rows(`INSERT INTO tickets (no, version, state, opened_at, business_date, caller_number, caller_name, company, place, serial, need, purpose, symptom, category, skill, impact, urgency, priority, tried, plan, solution, cause, reopened, reason) VALUES ${faults.join(', ')}`);
  await stage.sums();
}

const json = async (context, path) => (await context.request.get(PANEL + path, { headers: { accept: 'application/json' } })).json();

/** Every call that a link lists, page by page. */
async function listed(context, href) {
  let all = [];
  let path = `${href}&limit=200`;
  for (;;) {
    const page = await json(context, path);
    all = all.concat(page.items);
    if (!page.next) return all;
    path = `${href}&limit=200&after=${page.next}`;
  }
}

const REPORT = '/reports/answering?period=four_weeks';

test('every number on the page is the one of the JSON, and lists exactly its calls', async () => {
  const context = await desk(opened, SUPERVISOR);
  const page = await context.newPage();
  await page.goto(PANEL + REPORT);
  const report = await json(context, REPORT);
  const { tally } = report;
  const text = async (figure) => Number(await page.locator(`[data-figure="${figure}"]`).first().textContent());
  const counted = tally.met + tally.late + tally.abandoned + tally.not_offered + tally.machine_only;
  assert.equal(await text('met'), tally.met);
  assert.equal(await text('counted'), counted);
  assert.equal(await text('presented'), counted + tally.short + tally.unmeasured + tally.live);
  const strict = report.rates.strict_permille;
  assert.equal(await page.locator('#rate').textContent(), `${Math.floor(strict / 10)}.${strict % 10}%`);
  for (const figure of ['met', 'counted', 'presented', 'unserved', 'abandoned_short']) {
    const link = page.locator(`[data-figure="${figure}"]`).first();
    const calls = await listed(context, await link.getAttribute('href'));
    assert.equal(calls.length, await text(figure), figure);
  }
  const cells = page.locator('[data-heat]');
  assert.ok(await cells.count() > 50);
  for (const place of [3, 20, 41]) {
    const cell = cells.nth(place);
    const [, met, all] = (await cell.getAttribute('title')).match(/(\d+) \/ (\d+)$/);
    const calls = await listed(context, await cell.getAttribute('href'));
    assert.equal(calls.length, Number(all));
    assert.equal(calls.filter((call) => call.outcome === 'met').length, Number(met));
  }
  await cells.nth(20).click();
  await page.locator('#belongs').waitFor();
  assert.ok(await page.locator('tbody[data-list] tr').count() > 0);
  await page.goto(`${PANEL}/reports/analysis?rows=weekday&columns=hour&measure=late&period=four_weeks`);
  const cell = page.locator('#pivot td a').nth(2);
  assert.equal((await listed(context, await cell.getAttribute('href'))).length, Number(await cell.textContent()));
  // of faults the click leads to the records themselves
  await page.goto(PANEL + PAGES['analysis-faults']);
  const fault = page.locator('#pivot tbody td a').first();
  const count = Number(await fault.textContent());
  await fault.click();
  await page.locator('#behind').waitFor();
  assert.equal(await page.locator('#behind [data-record]').count(), count);
  assert.deepEqual(context.troubles, []);
  await context.close();
});

const PAGES = {
  reports: REPORT,
  'reports-today': '/reports/answering',
  staffing: '/reports/staffing?weekday=1',
  analysis: '/reports/analysis?rows=hour&columns=weekday&measure=presented',
  'analysis-faults': '/reports/analysis?source=faults&rows=customer&columns=state&from=2026-11-01&to=2026-11-23',
  'analysis-rows': '/reports/analysis/rows?source=faults&rows=customer&columns=state&from=2026-11-01&to=2026-11-23',
  'report-settings': '/reports/settings',
  walls: '/reports/walls',
  wall: '/wall',
};

/** These hold the charts. */
const FULL = ['reports', 'staffing', 'wall'];

test('every page is for everyone, in both languages, themes and sizes', LONG, async () => {
  for (const look of LOOKS) {
    const context = await desk(opened, { ...SUPERVISOR, ...look });
    for (const [nth, [name, path]] of Object.entries(PAGES).entries()) {
      const page = await context.newPage();
      await page.goto(PANEL + path);
      assert.deepEqual(await wrong(page, { axe: FULL.includes(name) || asked(nth, look) }), [], `${name} in ${look.name}`);
      await picture(page, name, look, { fullPage: name !== 'wall' });
      await page.close();
    }
    assert.deepEqual(context.troubles, []);
    await context.close();
  }
});

test('the wall\'s rate is at least a fifth of the screen high and follows the calls by itself', async () => {
  const context = await desk(opened, SUPERVISOR);
  const page = await context.newPage();
  await page.setViewportSize({ width: 1920, height: 1080 });
  await page.goto(`${PANEL}/wall`);
  // the digits themselves, measured as they are painted
  const high = await page.evaluate(() => {
    const style = getComputedStyle(document.getElementById('rate'));
    const canvas = document.createElement('canvas').getContext('2d');
    canvas.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const { actualBoundingBoxAscent, actualBoundingBoxDescent } = canvas.measureText('8');
    return (actualBoundingBoxAscent + actualBoundingBoxDescent) / innerHeight;
  });
  assert.ok(high >= 0.2, `${high} of the screen's height`);
  const before = await page.locator('#waiting').textContent();
  assert.equal(before, '0');
  await stage.ring('wall-1', '13800000001', '王先生');
  await stage.pass(1000);
  await page.locator('#waiting', { hasText: '1' }).waitFor();
  await stage.left('wall-1');
  await stage.pass(4000);
  await page.locator('#waiting', { hasText: '0' }).waitFor();
  assert.deepEqual(context.troubles, []);
  await context.close();
});

test('the report prints on paper with its definitions', async () => {
  const context = await desk(opened, SUPERVISOR);
  const page = await context.newPage();
  await page.goto(PANEL + REPORT);
  await page.evaluate(() => { document.getElementById('definitions').open = true; });
  await page.emulateMedia({ media: 'print' });
  const pdf = await page.pdf({ ...(PICTURES && { path: `${PICTURES}/reports.pdf` }), preferCSSPageSize: true, printBackground: true });
  assert.equal(pdf.subarray(0, 5).toString(), '%PDF-');
  const shown = await page.evaluate(() => [...document.querySelectorAll('.bar, .mx-f, .btn')].filter((el) => getComputedStyle(el).display !== 'none').length);
  assert.equal(shown, 0, 'no buttons on paper');
  await context.close();
});
