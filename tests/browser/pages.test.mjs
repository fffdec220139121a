// Every page of calls, in both languages, both themes, both sizes: reachable for everyone (axe),
// no wider than its window, without a word in the browser's console. Leaves pictures where PICTURES says,
// of the pages in ONLY and the looks in LOOK where these are given.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { LONG, PANEL, browser, desk, open, putAway, stage, test } from './house.mjs';
import { LOOKS, asked, picture, wrong } from './looks.mjs';

let opened;
let pages;
before(async () => {
  opened = await browser();
  pages = await scene();
});
after(() => opened.close());

const message = (first, lines) => [first, ...lines, 'Content-Length: 0', '', ''].join('\r\n');

/** Two hours of an ordinary day, one call in hand, four that wait. */
async function scene() {
  const day = [
    ['02584523317', '张丽华', 3000, true], ['13951607702', '陈国栋', 7400, true], ['13760128845', '', 2100, false],
    ['13913952211', '王建国', 4200, true], ['02558691140', '吴敏', 17_300, true], ['13801584420', '孙悦', 8100, false],
    ['13913952211', '王建国', 11_800, true], ['13512340000', '何静', 1900, true], ['13700000009', '马超', 6600, true],
    ['02558691140', '吴敏', 5200, true],
  ];
  for (const [k, [number, name, waits, answered]] of day.entries()) {
    await stage.ring(`day-${k}`, number, name, k % 3 === 1 ? '4008005678' : undefined);
    await stage.pass(waits);
    await (answered ? stage.answered(`day-${k}`) : stage.left(`day-${k}`));
    await stage.pass(640_000);
  }
  await desk(opened, { roles: 'supervisor' }).then(async (boss) => {
    const post = (path, data) => boss.request.post(PANEL + path, { data, headers: { accept: 'application/json' } });
    await post('/admin/scripts', { use: 'greeting', body: '您好，南京北斗星。我是 {extension} 号{name}，请问有什么可以帮您？' });
    await post('/admin/scripts', { use: 'canned', title: '请回电', body: '请您方便时回电，谢谢。' });
    await post('/messages', { for: '陈晨', from_name: '张丽华', phone: '02584523317', body: '合同改期，请回电确认', urgent: true, callback: true });
    await post('/messages', { for: '陈晨', from_name: '吴敏', phone: '02558691140', body: '样品已寄出，请查收' });
    await boss.close();
  });
  await stage.rows(
    "INSERT INTO contacts (kind, name, form_of_address, vip, warning, notes, created_at, changed_at) VALUES ('company', '江苏恒信物流', '', 0, '', '', 0, 0), ('person', '王建国', '王主任', 1, '勿透露高层联系方式。对方 10 月曾索要总经理手机，统一转总经理办公室登记。', 'UPS 主机 2023 年更换，电池组 2026-03 到期，已两次提醒更换。\n到店习惯靠窗包厢，不饮白酒；夫人对虾过敏。', 0, 0)",
    "UPDATE contacts SET company_id = (SELECT id FROM contacts WHERE name = '江苏恒信物流') WHERE name = '王建国'",
    "INSERT INTO contact_numbers (contact_id, place, number, label, as_written, reversed) SELECT id, 1, '+8613913952211', 'mobile', '13913952211', '11225931931' FROM contacts WHERE name = '王建国'",
    "INSERT INTO contact_tags (tag, contact_id) SELECT '合同客户', id FROM contacts WHERE name = '王建国'",
  );
  const seen = await whole();
  await stage.pass(240_000);
  await stage.line(false);
  await stage.pass(95_000);
  await stage.line(true);
  await stage.pass(30_000);
  const li = await desk(opened);
  await putAway(li);
  const page = await open(li, '/console');
  const leg = ['Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-hand', 'From: "王建国" <sip:13913952211@127.0.0.1>;tag=9f', 'To: <sip:listener@127.0.0.1>', 'Call-ID: hand@pbx', 'CSeq: 1 INVITE'];
  await stage.ring('hand', '13913952211', '王建国');
  await stage.wire('hand', 'in', message('INVITE sip:listener@127.0.0.1:5060 SIP/2.0', leg));
  await stage.wire('hand', 'out', message('SIP/2.0 100 Trying', leg));
  await stage.wire('hand', 'out', message('SIP/2.0 180 Ringing', leg));
  await stage.pass(4300);
  await page.locator('[data-waiting-call]').waitFor();
  await page.keyboard.press('F2');
  await page.locator('#note textarea').waitFor();
  await stage.pass(3121);
  await stage.wire('hand', 'in', message('CANCEL sip:listener@127.0.0.1:5060 SIP/2.0', [...leg.slice(0, 4), 'CSeq: 1 CANCEL', 'Reason: SIP;cause=200;text="Call completed elsewhere"']));
  await stage.wire('hand', 'out', message('SIP/2.0 200 OK', [...leg.slice(0, 4), 'CSeq: 1 CANCEL']));
  await stage.wire('hand', 'out', message('SIP/2.0 487 Request Terminated', leg));
  await stage.answered('hand');
  await stage.pass(171_000);
  await page.locator('label:has([value=fault])').click();
  await page.locator('[data-part=who]').fill('王建国 138 1395 2211');
  await page.locator('[data-part=when]').fill('今天 13:50 起，间断两次');
  await page.locator('[data-part=where]').fill('河西物流园 B 座 12 层机房');
  await page.locator('#note textarea').fill('UPS 主机红灯常亮、蜂鸣报警；备用空调停机，室温 31℃，还在升');
  await page.locator('label:has([value=urgent])').click();
  for (const digit of [1, 2, 3]) await page.keyboard.press(`Alt+${digit}`);
  await page.keyboard.press('Control+s');
  await page.locator('#note [data-said]', { hasText: '已保存' }).waitFor();
  await stage.ring('one', '02584523317', '张丽华', '4008005678');
  await stage.pass(3300);
  await stage.ring('two', '13760128845', '');
  await stage.pass(6300);
  await stage.ring('three', '13951607702', '陈国栋');
  await stage.pass(5200);
  await stage.ring('four', '02558691140', '吴敏');
  await stage.pass(2400);
  const chen = await desk(opened, { who: 'chen' });
  const other = await open(chen, '/console');
  await other.locator('.call.st3 form[data-pickup] button').click();
  await other.locator('.call.st3 .taken').waitFor();
  const hand = await page.locator('#hand').getAttribute('data-hand');
  await chen.close();
  await li.close();
  await stage.sources();
  // who is owed a call, and what is to be done beside the calls
  const now = NOON + stage.now();
  const owed = (number, due) => [
    `INSERT INTO follow_ups (kind, about, state, assignee_role, opened_at, due_at, ladder) SELECT 'missed_call', 'calls/' || max(id), 'open', 'operator', ${now - 900_000}, ${due}, '[]' FROM calls WHERE caller_number = '${number}'`,
    `INSERT INTO missed_debts (number, follow_up_id, calls, first_call, last_call, first_at, last_at) SELECT '${number}', (SELECT max(id) FROM follow_ups), 1, max(id), max(id), ${now - 900_000}, ${now - 900_000} FROM calls WHERE caller_number = '${number}' AND state = 'ended'`,
  ];
  await stage.rows(
    ...owed('+8613801584420', now - 360_000), ...owed('+8613760128845', now + 540_000),
    `INSERT INTO follow_ups (kind, title, state, assignee_role, opened_at, due_at, ladder) VALUES ('task', '核对周三宴会名单', 'open', 'operator', ${now - 3_600_000}, ${now + 1_500_000}, '[]')`,
  );
  return { life: `/calls/${seen}`, legs: `/calls/${seen}/ladder`, lines: '/lines', console: '/console', log: '/calls', call: `/calls/${hand}`, ladder: `/calls/${hand}/ladder`, none: '/calls?q=%E6%B2%A1%E6%9C%89', scripts: '/admin/scripts', messages: '/messages?box=taken', slip: '/messages/new', outgoing: '/calls/outgoing', plan: '/calls/plans/new?number=13813952211' };
}

const NOON = Date.parse('2026-11-23T12:00:00+08:00');

/** A call that was seen whole: five telephones, a hold, its signalling mirrored. Its id. */
async function whole() {
  const begin = NOON + stage.now();
  const leg = ['Via: SIP/2.0/UDP 192.0.2.5:5060;branch=z9hG4bK-whole', 'From: "王建国" <sip:13913952211@192.0.2.5>;tag=7a', 'To: <sip:listener@192.0.2.5>', 'Call-ID: whole@pbx', 'CSeq: 1 INVITE'];
  await stage.ring('whole', '13913952211', '王建国');
  await stage.wire('whole', 'in', message('INVITE sip:listener@192.0.2.10:5060 SIP/2.0', leg));
  await stage.wire('whole', 'out', message('SIP/2.0 180 Ringing', leg));
  await stage.pass(7_421);
  await stage.wire('whole', 'in', message('CANCEL sip:listener@192.0.2.10:5060 SIP/2.0', [...leg.slice(0, 4), 'CSeq: 1 CANCEL']));
  await stage.answered('whole');
  await stage.pass(0);
  const chen = await desk(opened, { who: 'chen' });
  const { items } = await (await chen.request.get(`${PANEL}/calls?limit=1`, { headers: { accept: 'application/json' } })).json();
  await chen.close();
  const id = items[0].id;
  const legs = [
    // name, kind, extension, called, rang, answered, over, how
    ['trunk@carrier z1', 'trunk', null, -72, 0, 7_431, 201_000, 'answered'],
    ['801@pbx z2', 'position', '801', -40, 0, 7_421, 96_400, 'transferred'],
    ['802@pbx z3', 'position', '802', -38, 340, null, 7_440, 'elsewhere'],
    ['803@pbx z4', 'position', '803', -36, null, null, 60, 'busy'],
    ['804@pbx z5', 'position', '804', 90_100, 90_300, 94_800, 201_000, 'answered'],
  ];
  const text = (value) => (value === null ? 'NULL' : `'${value}'`);
  const at = (after) => (after === null ? 'NULL' : begin + after);
  const events = [['leg_rang', 340], ['held', 41_000], ['resumed', 66_000], ['transferred', 96_400]];
  const requests = [
    ['trunk@carrier z1', 'in', '203.0.113.1:5060', 'INVITE sip:4008001234@192.0.2.5 SIP/2.0', -72], ['trunk@carrier z1', 'out', '203.0.113.1:5060', 'SIP/2.0 100 Trying', -70],
    ['801@pbx z2', 'out', '192.0.2.81:5060', 'INVITE sip:801@192.0.2.81:5060 SIP/2.0', -40], ['802@pbx z3', 'out', '192.0.2.82:5060', 'INVITE sip:802@192.0.2.82:5060 SIP/2.0', -38],
    ['803@pbx z4', 'out', '192.0.2.83:5060', 'INVITE sip:803@192.0.2.83:5060 SIP/2.0', -36], ['801@pbx z2', 'in', '192.0.2.81:5060', 'SIP/2.0 180 Ringing', 0],
    ['trunk@carrier z1', 'out', '203.0.113.1:5060', 'SIP/2.0 180 Ringing', 4], ['803@pbx z4', 'in', '192.0.2.83:5060', 'SIP/2.0 486 Busy Here', 60],
    ['802@pbx z3', 'in', '192.0.2.82:5060', 'SIP/2.0 180 Ringing', 340], ['801@pbx z2', 'in', '192.0.2.81:5060', 'SIP/2.0 200 OK', 7_421],
    ['trunk@carrier z1', 'out', '203.0.113.1:5060', 'SIP/2.0 200 OK', 7_431], ['802@pbx z3', 'out', '192.0.2.82:5060', 'CANCEL sip:802@192.0.2.82:5060 SIP/2.0', 7_433],
    ['trunk@carrier z1', 'in', '203.0.113.1:5060', 'BYE sip:4008001234@192.0.2.5 SIP/2.0', 201_000], ['trunk@carrier z1', 'out', '203.0.113.1:5060', 'SIP/2.0 200 OK', 201_003],
  ];
  await stage.rows(
    `UPDATE calls SET offered_at = ${begin - 72}, answered_extension = '801', answered_staff = (SELECT id FROM staff WHERE login = 'li'), ended_at = ${begin + 201_000}, end_seen = 1, ended_by = 'caller', evidence = 'position_180', caller_wait_ms = 7493 WHERE id = ${id}`,
    ...legs.map(([name, kind, extension, called, rang, answered, over, how]) => `INSERT INTO call_legs (call_id, leg, kind, extension, offered_at, rang_at, answered_at, ended_at, ending) VALUES (${id}, 'main ${name}', '${kind}', ${text(extension)}, ${at(called)}, ${at(rang)}, ${at(answered)}, ${at(over)}, '${how}')`),
    ...events.map(([kind, after], k) => `INSERT INTO call_events (call_id, seq, at, kind) VALUES (${id}, ${1_000 + k}, ${at(after)}, '${kind}')`),
    ...requests.map(([name, way, peer, first, after]) => `INSERT INTO call_messages (call_id, at, way, transport, local, peer, leg, text) VALUES (${id}, ${at(after)}, '${way}', 'udp', '127.0.0.1:5070', '${peer}', '${name}', '${first}')`),
  );
  return id;
}

/** These hold most of what there is to see. */
const FULL = ['console', 'call', 'life'];

const ONLY = process.env.ONLY?.split(',');
for (const look of LOOKS) {
  if (process.env.LOOK && !process.env.LOOK.split(',').includes(look.name)) continue;
  test(`pages in ${look.name}`, LONG, async () => {
    const context = await desk(opened, { ...look, roles: 'operator,supervisor' });
    for (const [nth, [what, path]] of Object.entries(pages).entries()) {
      if (ONLY && !ONLY.includes(what)) continue;
      const page = await open(context, path);
      if (what === 'console') await page.locator('[data-duty-button]').first().click();
      // on an ordinary desk nobody rolls anything to write a record and to read it back
      const rolls = (one) => one.scrollHeight > one.clientHeight + 1;
      if (what === 'console' && !look.phone) for (const part of ['[data-back]', '.take']) assert.equal(await page.locator(`.record-form ${part}`).evaluate(rolls), false, `${part} in ${look.name}`);
      if (what === 'life') await page.locator('#times summary').click();
      if (what === 'ladder') await page.locator('#main details').first().locator('summary').click();
      const axe = FULL.includes(what) || asked(nth, look);
      assert.deepEqual(await wrong(page, { axe }), [], `${what} in ${look.name}`);
      await picture(page, what, look, { fullPage: ['life', 'legs', 'lines'].includes(what) });
      await page.close();
    }
    assert.deepEqual(context.troubles, []);
    await context.close();
  });
}

test('who may not see calls is told so, and who may not see numbers gets none', async () => {
  const greeter = await desk(opened, { roles: 'greeter' });
  const page = await greeter.newPage();
  const answer = await page.goto(`${PANEL}/console`);
  assert.equal(answer.status(), 403);
  assert.doesNotMatch(await page.content(), /张丽华|84523317/);
  await greeter.close();
});

test('without script the pages can be read and a note can be saved', async () => {
  const context = await desk(opened, { javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(PANEL + pages.console);
  await page.locator('#note textarea').fill('改好的记录');
  await page.getByRole('button', { name: '仅保存' }).click();
  await page.waitForURL(/\/calls\/\d+$/);
  assert.match(await page.content(), /改好的记录/);
  await context.close();
});
