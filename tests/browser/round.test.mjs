// A round through the house that plays itself: every page as the people who open it, in both languages,
// both themes, both sizes. Nothing is wider than its window, nothing is said in the browser's console,
// and everyone can use it (axe). WHO names the people of this round; PICTURES keeps what was seen.
//
// Pages that are like no other are asked of axe in every look, the others in two that differ in everything.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { LONG, PANEL, browser, test } from './house.mjs';
import { LOOKS, PICTURES, asked, picture, wrong } from './looks.mjs';

const ACCOUNTS = JSON.parse(process.env.ACCOUNTS);
const ONLY = process.env.ONLY?.split(',');

/** What each of them opens; a name in `found` is a record of the demo. */
const ROUNDS = {
  operator: {
    console: '/console', calls: '/calls', call: '/calls/{call}', missed: '/calls/missed', settled: '/calls/missed?view=closed',
    outgoing: '/calls/outgoing', plan: '/calls/plans/new?number=%2B8613900000005&purpose=x', contacts: '/contacts', contact: '/contacts/{contact}',
    contact_edit: '/contacts/{contact}/edit', contact_new: '/contacts/new', duplicates: '/contacts/duplicates',
    faults: '/faults', fault: '/faults/{fault}', fault_new: '/faults/new', orders: '/work-orders', order: '/work-orders/{order}',
    sites: '/sites', follow_ups: '/follow-ups', follow_ups_all: '/follow-ups?view=all', follow_up: '/follow-ups/{follow_up}', notices: '/notices',
    journal: '/journal', messages: '/messages?box=taken', message: '/messages/{message}', message_new: '/messages/new', directory: '/directory',
    restricted: '/directory/{restricted}', shifts: '/shifts', duty: '/shifts/duty', opening: '/shifts/opening', devices: '/devices',
    scripts: '/admin/scripts', quality_own: '/quality?month={month}', sheet_own: '/quality/{sheet}', lines: '/lines', me: '/me', reach: '/me/reach', gone: '/nowhere',
  },
  rooms: {
    board: '/rooms/board', board_all: '/rooms/board?period=all', rooms: '/rooms', room: '/rooms/{room}', bookings: '/bookings', booking: '/bookings/{booking}',
    booking_new: '/bookings/new', waitlist: '/waitlist', banquets: '/banquets',
    approvals: '/bookings/approvals', booking_rules: '/admin/booking-rules',
  },
  boss: {
    answering: '/reports/answering', staffing: '/reports/staffing', analysis: '/reports/analysis', settings: '/reports/settings', walls: '/reports/walls',
    fault_report: '/reports/faults', quality: '/quality?month={month}', sheet: '/quality/{sheet}', sheet_open: '/quality/{open}', evidence: '/calls/{call}/evidence', missed_rules: '/admin/missed-calls', answers: '/notices/answers',
    outbox: '/admin/outbox', privacy: '/contacts/privacy', imports: '/contacts/imports', staff: '/staff', person: '/staff/{person}',
    devices_all: '/devices', calendars: '/admin/calendars', calendar: '/admin/calendars/{calendar}', rooms_set_up: '/admin/rooms',
    tokens: '/admin/tokens', numbers: '/admin/numbers',
  },
  engineer: { jobs: '/my/jobs', my_orders: '/work-orders', my_order: '/work-orders/{order}', my_me: '/me', my_shifts: '/shifts', my_follow_ups: '/follow-ups', my_directory: '/directory' },
  greeter: { floor: '/my/floor', floor_board: '/rooms/board', floor_messages: '/messages', floor_notices: '/notices', floor_duty: '/shifts/duty' },
  manager: { manager_console: '/console', manager_board: '/rooms/board', manager_answering: '/reports/answering', manager_faults: '/faults', manager_banquets: '/banquets' },
};
/** Who goes a round, where it is not the one it is named after. */
const AS = { rooms: 'supervisor', boss: 'admin' };
/** These are like no other page. */
const ALONE = ['console', 'board', 'floor', 'jobs', 'faults', 'answering', 'order'];

let opened;
let found;
before(async () => {
  opened = await browser();
  found = await records();
});
after(() => opened.close());

/** Somebody at a desk or with a telephone. */
async function someone(role, { tongue, theme, phone, narrow }) {
  const context = await opened.newContext({
    viewport: phone ? { width: narrow ? 320 : 390, height: narrow ? 640 : 844 } : { width: 1440, height: 900 }, hasTouch: phone, isMobile: phone,
    deviceScaleFactor: PICTURES && phone ? 2 : 1, reducedMotion: 'reduce', locale: tongue, colorScheme: theme, serviceWorkers: 'block',
  });
  const [login, password] = ACCOUNTS[role];
  const answer = await context.request.post(`${PANEL}/sign-in`, { form: { login, password }, maxRedirects: 0, headers: { origin: PANEL } });
  assert.equal(answer.status(), 303, `${role} is let in`);
  return context;
}

/** One record of each kind, as somebody who sees all of them finds it. */
async function records() {
  const context = await someone('admin', LOOKS[0]);
  const list = async (path, pick) => {
    const answer = await context.request.get(PANEL + path, { headers: { accept: 'application/json' } });
    const body = await answer.json();
    const one = (body.items ?? body.people ?? body.rooms ?? body.calendars ?? body.orders ?? []).find(pick ?? (() => true));
    assert.ok(one, `${path} has nothing: ${JSON.stringify(body).slice(0, 300)}`);
    return one;
  };
  const all = {
    call: (await list('/calls?limit=50', (one) => one.answered_at && one.record)).id,
    contact: (await list('/contacts', (one) => one.kind === 'person')).id,
    fault: (await list('/faults?view=list')).no,
    order: (await list('/work-orders')).no,
    follow_up: (await list('/follow-ups?view=all')).id,
    restricted: (await list('/directory', (one) => one.disclosure === 'restricted')).id,
    room: (await list('/rooms')).id,
    booking: (await list('/bookings')).no,
    person: (await list('/staff')).id,
    calendar: (await list('/admin/calendars')).id,
  };
  // the sheets of the month before, where this one has only begun
  const month = async (path) => (await (await context.request.get(PANEL + path, { headers: { accept: 'application/json' } })).json());
  let sheets = await month('/quality');
  if (!sheets.items.some((one) => one.scored_at)) {
    const [year, of] = sheets.month.split('-').map(Number);
    sheets = await month(`/quality?month=${of === 1 ? year - 1 : year}-${String(of === 1 ? 12 : of - 1).padStart(2, '0')}`);
  }
  all.month = sheets.month;
  all.sheet = sheets.items.find((one) => one.scored_at).id;
  all.open = (sheets.items.find((one) => !one.scored_at) ?? sheets.items[0]).id;
  await context.close();
  const desk = await someone('operator', LOOKS[0]);
  const taken = await desk.request.get(`${PANEL}/messages?box=taken`, { headers: { accept: 'application/json' } });
  all.message = (await taken.json()).items[0].id;
  await desk.close();
  return all;
}

/** Everything that is wrong with one page of the round, in words. */
async function seen(page, name, path, look, axe) {
  const said = [];
  const listen = (event) => { if (event.type() === 'error' && !/Failed to load resource/.test(event.text())) said.push(event.text()); };
  page.on('console', listen);
  await page.goto(PANEL + path);
  // what a row still hides squeezes nothing once it is opened
  const squeezed = await page.evaluate(() => {
    const more = document.querySelector('.due-acts > details');
    if (!more) return [];
    more.open = true;
    const row = more.closest('.due-row');
    const narrow = row.querySelector('.due-what').getBoundingClientRect().width < row.clientWidth * 0.35;
    const tall = [...row.querySelectorAll('.btn')].filter((one) => one.getBoundingClientRect().height > 60);
    return [...(narrow ? ['what it is about has no room'] : []), ...tall.map((one) => `${one.textContent} is as tall as its row`)];
  });
  // a page that is to follow the house has the stream
  const live = () => !document.querySelector('script[src$="/js/panel.js"]') || document.documentElement.dataset.stream === 'up';
  const deaf = await page.waitForFunction(live, null, { timeout: 10_000 }).then(() => [], () => ['follows nothing']);
  said.unshift(...await wrong(page, { axe }), ...squeezed, ...deaf);
  await picture(page, name, look, { fullPage: !ALONE.includes(name) });
  page.off('console', listen);
  return said.map((what) => `${name} in ${look.name}: ${what}`);
}

for (const round of process.env.WHO.split(',')) {
  test(`the smallest telephone holds every page of the ${round}, also in English`, LONG, async () => {
    const context = await someone(AS[round] ?? round, { tongue: 'en', theme: 'light', phone: true, narrow: true });
    const page = await context.newPage();
    const wide = [];
    for (const [what, path] of Object.entries(ROUNDS[round])) {
      if (ONLY && !ONLY.includes(what)) continue;
      await page.goto(PANEL + path.replace(/\{(\w+)\}/g, (_, record) => found[record]));
      wide.push(...(await wrong(page, { axe: false })).map((one) => `${what}: ${one}`));
    }
    await context.close();
    assert.deepEqual(wide, []);
  });
  for (const look of LOOKS) {
    if (process.env.LOOK && !process.env.LOOK.split(',').includes(look.name)) continue;
    test(`the round of the ${round} in ${look.name}`, LONG, async () => {
      const context = await someone(AS[round] ?? round, look);
      const page = await context.newPage();
      const all = [];
      for (const [nth, [what, path]] of Object.entries(ROUNDS[round]).entries()) {
        if (ONLY && !ONLY.includes(what)) continue;
        const whole = path.replace(/\{(\w+)\}/g, (_, record) => found[record]);
        all.push(...await seen(page, what, whole, look, ALONE.includes(what) || asked(nth, look)));
      }
      await context.close();
      assert.deepEqual(all, []);
    });
  }
}
