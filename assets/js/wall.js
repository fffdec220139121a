// The wall: looks again when told that something changed, and says when it has heard nothing.

import { morph } from './live.js';

const LATE_MS = 6000;
const main = document.getElementById('main');
let heard = performance.now();
let underway = false;
let again = false;

async function look() {
  if (underway) { again = true; return; }
  underway = true;
  try {
    const answer = await fetch('/wall', { headers: { accept: 'text/html' } });
    if (answer.redirected && new URL(answer.url).pathname !== '/wall') location.reload();
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    morph(main, fresh.getElementById('main'));
    late();
  } catch {
    // the net is gone: the wall says that it is late
  } finally {
    underway = false;
    if (again) { again = false; setTimeout(look, 200); }
  }
}

function late() {
  const place = document.getElementById('stale');
  const gap = performance.now() - heard;
  document.documentElement.dataset.stale = gap > LATE_MS ? 'late' : 'live';
  const said = gap > LATE_MS ? place.dataset.late : '';
  if (place.textContent !== said) place.textContent = said;
}

function follow() {
  const stream = new EventSource(document.body.dataset.wall);
  const alive = () => { heard = performance.now(); late(); };
  stream.onopen = () => { alive(); look(); };
  stream.addEventListener('beat', alive);
  stream.addEventListener('changed', () => { alive(); look(); });
  stream.onerror = () => {
    // 2 is CLOSED: a browser gives up for good after an answer that is no stream
    if (stream.readyState === 2) setTimeout(follow, 5000);
  };
}

follow();
setInterval(late, 1000);
// the minute and the hour turn without any news
setInterval(look, 30000);
