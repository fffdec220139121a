// The panel's script: wires the parts together. Everything works without it, only not live.

import { acts } from './acts.js';
import { afar } from './afar.js';
import { alouds } from './aloud.js';
import * as clock from './clock.js';
import { drafts, restore } from './drafts.js';
import { editing, shown } from './editing.js';
import { hub } from './hub.js';
import { keys } from './keys.js';
import { above, afterRefresh, refresh, saw, seen } from './live.js';
import './menus.js';
import * as notify from './notify.js';
import { told } from './page.js';
import { queue } from './queue.js';
import { records } from './record.js';
import { drawAll, rings } from './rings.js';
import * as sound from './sound.js';
import { fresh, stale } from './stale.js';

const html = document.documentElement;
const waiting = document.getElementById('queue') ? queue() : null;
const far = waiting || !told('live') ? null : afar();

/** The kinds of news this page shows something of; a page that names none shows something of all. */
const hears = document.body.dataset.hears?.split(' ');

/** What is told above a page. */
const ABOVE = new Set(['notice', 'line']);

/** An event of the journal: the waiting calls take their fragment, everything else asks anew. */
function event(kind, data) {
  saw(data.seq);
  document.dispatchEvent(new CustomEvent('news', { detail: { kind, ...data } }));
  if (kind === 'call') far?.hear(data);
  // what waits for this reader's answer and the state of the lines stand above every page
  if (document.body.dataset.above && ABOVE.has(kind)) above();
  if (hears && kind !== 'notice' && !hears.includes(kind)) return;
  if (kind === 'editing' && !shown(data.subject)) return;
  if (!(kind === 'call' && waiting?.take(data))) refresh();
}

function heard(name, data) {
  if (name === 'up' || name === 'down') {
    html.dataset.stream = name;
    return;
  }
  fresh();
  if (name === 'beat') clock.set(Date.parse(data.at));
  else if (name === 'gap') {
    if (document.body.dataset.above) above();
    far?.ask();
    refresh();
  }
  else event(name, data);
}

function duty() {
  const on = () => localStorage.getItem('duty') === 'on';
  const draw = () => { html.dataset.duty = on() ? 'on' : 'off'; html.dataset.mute = localStorage.getItem('mute') ?? 'off'; };
  document.addEventListener('click', (click) => {
    if (click.target.closest('[data-duty-button]')) {
      localStorage.setItem('duty', on() ? 'off' : 'on');
      if (on()) notify.ask();
      // on duty is what makes a person count: the roster, the answers, the colleagues' docks
      const headers = { accept: 'application/json', 'content-type': 'application/json' };
      fetch('/shifts/sign-on', { method: on() ? 'POST' : 'DELETE', headers, body: '{}' }).catch(() => {});
    }
    if (click.target.closest('[data-mute-button]')) localStorage.setItem('mute', html.dataset.mute === 'on' ? 'off' : 'on');
    draw();
  });
  // a page that was reloaded may sound again from the next click or key on; only a page with the
  // waiting calls sounds, so no other may stand in its way
  const unlock = () => { if (waiting && on()) sound.unlock(); };
  for (const act of ['click', 'keydown']) document.addEventListener(act, unlock);
  addEventListener('storage', draw);
  draw();
}

if (told('live')) {
  // a page that was kept for a place without a network is as old as it is
  const age = told('got') && told('clock') !== 'manual' ? Date.now() - Number(told('got')) : 0;
  clock.set(Date.parse(told('now')) + age);
  acts();
  records();
  alouds();
  drafts();
  editing();
  keys();
  rings();
  stale();
  duty();
  afterRefresh(restore);
  afterRefresh(drawAll);
  if (!window.isSecureContext) html.dataset.insecure = '';
  hub({ url: told('live'), after: seen, on: heard });
}
