// What every browser story needs: Chromium, a desk in it, and words to the stage
// (tests/house/stage.rs), which plays the PBX and holds the clock.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, test as told } from 'node:test';
import { chromium } from 'playwright-core';

export const PANEL = process.env.PANEL;

/** A story that hangs is named after so long, and the others are told. */
const PATIENCE = 120_000;
/** For a story that looks at many pages. */
export const LONG = { timeout: 300_000 };
/** A story: `test(name, story)`, `test(name, LONG, story)`. */
export const test = (name, ...rest) => told(name, { timeout: PATIENCE, ...(rest.length > 1 ? rest[0] : {}) }, rest.at(-1));

/** The browsers that are open. */
const browsers = new Set();
// what a story leaves open, because it failed, is in no other's way; a bench is no story
if (process.env.NODE_TEST_CONTEXT) {
  afterEach(() => Promise.all([...browsers].flatMap((one) => one.contexts()).map((context) => context.close())));
}

/** Every story has a stretch of the clock of its own; the clock never goes back. */
let clock = 0;
const ringing = new Set();

const tell = async (act) => {
  const answer = await fetch(`${PANEL}/stage`, {
    method: 'POST', body: JSON.stringify(act), headers: { 'content-type': 'application/json' },
    signal: AbortSignal.timeout(60_000),
  });
  if (!answer.ok) throw new Error(`the stage refused ${JSON.stringify(act)}: ${answer.status}`);
  return answer.text();
};

export const stage = {
  /** Now, in milliseconds after noon. */
  now: () => clock,
  ring: (leg, caller, name, hotline = '4008001234') => {
    ringing.add(leg);
    return tell({ act: 'ring', leg, at: clock, caller, name, hotline });
  },
  /** A caller arrives and nobody is rung yet; `alerted`: our telephone rings for them. */
  offered: (leg, caller, name) => { ringing.add(leg); return tell({ act: 'offered', leg, at: clock, caller, name }); },
  alerted: (leg) => tell({ act: 'alerted', leg, at: clock }),
  answered: (leg) => { ringing.delete(leg); return tell({ act: 'answered', leg, at: clock }); },
  left: (leg) => { ringing.delete(leg); return tell({ act: 'left', leg, at: clock }); },
  /** What a mirror of the PBX shows of a caller at 801's telephone: { rings: { caller, name } }, 'lifted', { held: true }, 'left'. */
  mirrored: (leg, shown) => tell({ act: 'mirrored', leg, at: clock, shown }),
  /** Ends what a story left ringing, cuts no stream, and lets a minute pass. */
  async clear() {
    for (const leg of [...ringing]) await stage.left(leg);
    await stage.away(false);
    await stage.pass(60_000);
  },
  wire: (leg, way, text) => tell({ act: 'wire', leg, at: clock, way, text }),
  line: (up) => tell({ act: 'line', at: clock, up }),
  sums: () => tell({ act: 'sums' }),
  rows: (...rows) => tell({ act: 'rows', rows }),
  /** The PBX is watched and mirrored, with one trouble of each kind. */
  sources: () => tell({ act: 'sources', at: clock }),
  /** Lets time pass; everything that falls due is stored and told when this returns. */
  pass: (millis) => { clock += millis; return tell({ act: 'settle', at: clock }); },
  cut: () => tell({ act: 'cut' }),
  away: (away) => tell({ act: 'away', away }),
  streams: async () => Number(await tell({ act: 'streams' })),
};

/** Chromium without its own windows opens a page in half the time. */
const PROGRAMS = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium', '/usr/bin/chromium-browser'];

/** Opens a browser with an empty profile; close it with `.close()`. */
export async function browser() {
  const profile = mkdtempSync(join(tmpdir(), 'panel-'));
  const opened = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? PROGRAMS.find((path) => existsSync(path)),
    args: ['--no-sandbox', '--headless', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    env: { ...process.env, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile },
  });
  browsers.add(opened);
  const close = opened.close.bind(opened);
  opened.close = async () => { browsers.delete(opened); await close(); rmSync(profile, { recursive: true, force: true }); };
  return opened;
}

/** A desk: one browser profile with a person signed in. `who` is `li` or `chen`. */
export async function desk(opened, { who = 'li', roles, tongue = 'zh-CN', theme = 'light', phone = false, ...more } = {}) {
  const context = await opened.newContext({
    viewport: phone ? { width: 390, height: 844 } : { width: 1440, height: 900 },
    deviceScaleFactor: phone ? 2 : 1, hasTouch: phone, isMobile: phone, reducedMotion: 'reduce', locale: tongue, ...more,
  });
  const cookies = Object.entries({ who, roles, tongue, theme }).filter(([, value]) => value);
  await context.addCookies(cookies.map(([name, value]) => ({ name, value, url: PANEL })));
  context.troubles = [];
  context.on('page', (page) => {
    page.on('pageerror', (error) => context.troubles.push(String(error)));
    page.on('console', (said) => {
      // a stream that is cut on purpose is no trouble
      if (said.type() === 'error' && !/502|ERR_|Failed to load resource/.test(said.text())) context.troubles.push(said.text());
    });
  });
  return context;
}

/**
 * Lets a story hold, answer or refuse what this context's pages ask for (`route`); to be called before a page is opened.
 * On a page that is there already Chromium takes a first route up in its own time, and the next key comes before it.
 */
export const holding = (context) => context.route(/^about:/, (route) => route.continue());

/** Waits until a field has the caret: what is typed before that, into a page that has just come, is nobody's. */
export const caret = (page, field) => page.waitForFunction((field) => document.activeElement?.matches(field), field);

/** Puts away whatever this person still has in hand. */
export async function putAway(context) {
  const headers = { accept: 'application/json' };
  const { in_hand: hands } = await (await context.request.get(`${PANEL}/console`, { headers })).json();
  for (const { id } of hands) await context.request.post(`${PANEL}/calls/${id}/wrap-up`, { headers });
}

/** Waits until a page is at work, where it has a stream: its keys are heard and its forms are sent without leaving it. */
export const live = (page) => page.waitForFunction(() => document.readyState === 'complete'
  && (document.documentElement.dataset.stale === 'live' || !document.querySelector('script[src$="/panel.js"]')));

/** Opens a page and waits until it is at work. */
export async function open(context, path) {
  const page = await context.newPage();
  await page.goto(PANEL + path);
  await live(page);
  return page;
}

/** The hints on a page that are longer than their fields. */
export const cutHints = (page) => page.locator('main input[placeholder]').evaluateAll((fields) => {
  const pen = document.createElement('canvas').getContext('2d');
  return fields.filter((field) => field.placeholder && field.clientWidth).filter((field) => {
    const style = getComputedStyle(field);
    pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    return pen.measureText(field.placeholder).width > room;
  }).map((field) => field.placeholder);
});
