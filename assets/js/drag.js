// A bar under the hand. What moves is its likeness before the page, and a mark over the row beneath it;
// the board itself stays as it is until the bar is let go. Both are moved by an animation whose places
// are replaced, which the browser's compositor carries out: a transform in the style would layer the
// whole board anew with each move, and a board of 60 rooms has thousands of parts.

import { hold } from './live.js';

const clamp = (n, low, high) => Math.max(low, Math.min(high, n));
/** So near to the edge of the board, in pixels, it moves on beneath the hand. */
const EDGE = 28;
const PRESS_MS = 350;
const REST_MS = 120;
/** So wide, in pixels, is what a move would do when it is said beside the hand. */
const AHEAD = 360;

function box(name, seen) {
  const el = document.createElement('div');
  el.className = name;
  el.setAttribute('aria-hidden', 'true');
  Object.assign(el.style, { inlineSize: `${seen.width}px`, blockSize: `${seen.height}px` });
  document.body.append(el);
  const glide = el.animate({ transform: ['translate(0px, 0px)', 'translate(0px, 0px)'] }, 1e9);
  return {
    el,
    go(x, y, wide = 1) {
      const place = `translate(${x}px, ${y}px) scaleX(${wide})`;
      glide.effect.setKeyframes({ transform: [place, place] });
    },
  };
}

function likeness(el, seen) {
  const copy = box(`${el.className} lifted`, seen);
  copy.el.append(...el.cloneNode(true).childNodes);
  return copy;
}

/** The click that a browser makes of letting go is none. */
const swallow = (event) => { event.preventDefault(); event.stopPropagation(); };

/**
 * Lets bars be taken by a mouse, or by a finger that rests on one.
 * `where(el)`: row, column and length of a bar. `said(place)`: such a place in words.
 * `ahead(el, from, to)`: a promise of what putting it there would do, in words; nothing where there is nothing to say.
 * `put(el, from, to)`: what is done when it is let go; its promise is kept when the server has answered.
 */
export function hand({ timeline, columns, where, row, said, ahead, mayGrab, put }) {
  let drag = null;

  /** The places of all rows, read once when a drag begins: nothing is measured while it goes on. */
  const lanes = () => [...timeline().querySelectorAll('.lane[data-lane]')].map((lane) => {
    const seen = lane.getBoundingClientRect();
    return { r: row(lane), top: seen.top, bottom: seen.bottom, width: seen.width };
  });

  function grab(event) {
    const el = event.target.closest?.('.bk[data-movable]');
    if (!el || event.button || drag || !mayGrab()) return;
    const mouse = event.pointerType === 'mouse';
    drag = { el, x: event.clientX, y: event.clientY, live: mouse, id: event.pointerId };
    drag.at = { x: drag.x, y: drag.y };
    if (!mouse) drag.timer = setTimeout(() => { if (drag) { drag.live = true; begin(); navigator.vibrate?.(15); } }, PRESS_MS);
  }

  function begin() {
    const { el } = drag;
    const line = timeline();
    hold(true);
    drag.moved = true;
    drag.seen = el.getBoundingClientRect();
    drag.edge = drag.seen.right - drag.x < 14 && drag.seen.width > 40;
    drag.seated = el.classList.contains('sits');
    drag.from = where(el);
    drag.lanes = lanes();
    drag.column = (drag.lanes[0]?.width ?? 1) / columns();
    drag.line = line.getBoundingClientRect();
    drag.scroll = { x: line.scrollLeft, y: line.scrollTop };
    drag.gone = { x: 0, y: 0 };
    drag.mark = box('drop', { width: drag.edge ? 100 : drag.line.width, height: drag.seen.height });
    if (!drag.edge) drag.ghost = likeness(el, drag.seen);
    drag.label = box('drop-at', { width: 150, height: 24 });
    el.setPointerCapture?.(drag.id);
    el.classList.add('drag');
    line.classList.add('dragging');
    follow();
  }

  /** Shows where the bar would go, once a frame. */
  function follow() {
    if (!drag) return;
    drag.frame = null;
    const { from, seen, at, gone } = drag;
    const steps = Math.round((at.x - drag.x + gone.x) / drag.column);
    if (drag.edge) {
      drag.to = { ...from, l: clamp(from.l + steps, 1, columns() + 1 - from.s) };
      const wide = Math.max(8, drag.to.l * drag.column - 2);
      drag.mark.go(seen.left - gone.x, seen.top - gone.y, wide / 100);
    } else {
      const y = at.y + gone.y;
      const lane = drag.lanes.find((one) => y >= one.top && y < one.bottom) ?? drag.over;
      const s = drag.seated ? from.s : clamp(from.s + steps, 1, columns() + 1 - from.l);
      drag.to = { ...from, r: lane?.r ?? from.r, s };
      drag.ghost.go(seen.left + (s - from.s) * drag.column - gone.x, seen.top + at.y - drag.y);
      if (lane) drag.mark.go(drag.line.left, (lane.top + lane.bottom - seen.height) / 2 - gone.y);
      drag.over = lane;
    }
    clearTimeout(drag.rest);
    drag.rest = setTimeout(tell, REST_MS);
    if (drag.said) drag.label.el.style.opacity = '0';
    drag.said = false;
    if (further()) drag.frame = requestAnimationFrame(follow);
  }

  /** Where the hand rests it is said where the bar would go: new words in each frame cost too much. */
  function tell() {
    if (!drag) return;
    const { label: { el, go }, to, at } = drag;
    drag.said = true;
    Object.assign(el.style, { inlineSize: '150px', opacity: '1' });
    el.classList.remove('ahead');
    el.textContent = said(to);
    go(clamp(at.x + 14, 0, innerWidth - 160), clamp(at.y - 40, 0, innerHeight - 24));
    ahead(drag.el, drag.from, to).then((words) => {
      // the hand has gone on meanwhile
      if (!words || !drag?.said || drag.to !== to) return;
      el.style.inlineSize = `${AHEAD}px`;
      el.classList.add('ahead');
      el.textContent = `${said(to)} · ${words}`;
      go(clamp(at.x + 14, 0, innerWidth - AHEAD - 10), clamp(at.y - 72, 0, innerHeight - 56));
    });
  }

  /** Moves the board on where the hand is at its edge; says whether it moved. */
  function further() {
    const { line, at } = drag;
    const pull = (low, high, n) => Math.max(0, n - high + EDGE) - Math.max(0, low + EDGE - n);
    const [x, y] = [pull(line.left, line.right, at.x), pull(line.top, line.bottom, at.y)];
    if (!x && !y) return false;
    const board = timeline();
    board.scrollBy(clamp(x, -EDGE, EDGE) / 2, clamp(y, -EDGE, EDGE) / 2);
    return rolled(board);
  }

  /** What was measured at the beginning stays true by how far the board was moved since. */
  function rolled(board) {
    const gone = { x: board.scrollLeft - drag.scroll.x, y: board.scrollTop - drag.scroll.y };
    const was = drag.gone;
    drag.gone = gone;
    return was.x !== gone.x || was.y !== gone.y;
  }

  const soon = () => { drag.frame ??= requestAnimationFrame(follow); };

  function pull(event) {
    if (!drag || event.pointerId !== drag.id) return;
    drag.at = { x: event.clientX, y: event.clientY };
    const far = Math.hypot(drag.at.x - drag.x, drag.at.y - drag.y);
    if (!drag.live) {
      if (far > 8) drop(false);
    } else if (drag.moved) soon();
    else if (far >= 5) begin();
  }

  function drop(keep) {
    if (!drag) return;
    if (drag.moved) follow();
    const { el, from, to, timer, moved, mark, ghost, label, frame } = drag;
    drag = null;
    clearTimeout(timer);
    cancelAnimationFrame(frame);
    for (const one of [mark, ghost, label]) one?.el.remove();
    el.classList.remove('drag');
    timeline()?.classList.remove('dragging');
    if (!moved) return;
    document.addEventListener('click', swallow, true);
    Promise.resolve(keep ? put(el, from, to) : null).finally(() => hold(false));
  }

  function released(keep) {
    drop(keep);
    setTimeout(() => document.removeEventListener('click', swallow, true), 0);
  }

  const page = document.getElementById('main');
  page.addEventListener('pointerdown', grab);
  page.addEventListener('pointermove', pull);
  page.addEventListener('pointerup', () => released(true));
  page.addEventListener('pointercancel', () => released(false));
  page.addEventListener('dragstart', (event) => event.preventDefault());
  page.addEventListener('scroll', ({ target }) => { if (drag?.moved && target === timeline() && rolled(target)) soon(); }, true);
  // a finger that rests on a bar takes it: neither the page nor the browser's own menu takes it away
  const taken = (event) => { if (drag?.live && event.cancelable) event.preventDefault(); };
  page.addEventListener('contextmenu', (event) => { if (drag?.moved) taken(event); });
  if (matchMedia('(any-pointer: coarse)').matches) timeline()?.addEventListener('touchmove', taken, { passive: false });
  return { busy: () => Boolean(drag?.moved), drop };
}
