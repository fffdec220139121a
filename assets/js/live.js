// Brings a page up to date without taking anything out of the reader's hands: a keyed morph from
// the page on the screen to the page as the server draws it now.
//
// What the person owns stays: typed text, caret, a composition under way, open <details>, scroll
// and focus. A region marked data-keep is not touched at all while it is busy (see `busy`).

const sameKind = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && (a.id ?? '') === (b.id ?? '');

/** Whether a control holds something else than the server put into it. */
export const changed = (el) => {
  if (el.type === 'hidden') return false;
  if (el.type === 'checkbox' || el.type === 'radio') return el.checked !== el.defaultChecked;
  if (el.options) return [...el.options].some((o) => o.selected !== o.defaultSelected) && el.selectedIndex > 0;
  return el.value !== el.defaultValue;
};

/** Whether someone is at work inside `el`: the focus is there, or a control was changed. */
export const busy = (el) => {
  const fields = [...el.querySelectorAll('input, textarea, select')];
  return fields.some((field) => field === document.activeElement || changed(field));
};

function attributes(from, to) {
  // a form that was sent is busy until its own answer: pressed once more meanwhile it would act twice
  const own = (name) => name === 'open' || (name === 'aria-busy' && from.nodeName === 'FORM');
  for (const { name } of [...from.attributes]) {
    if (!own(name) && !to.hasAttribute(name)) from.removeAttribute(name);
  }
  for (const { name, value } of to.attributes) {
    if (name !== 'open' && from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
}

/**
 * A form at work keeps everything but the version it will be saved against, and that follows as
 * long as nobody else has changed the text: what the machine adds to a record is no conflict.
 */
function followVersion(from, to) {
  const texts = [...from.querySelectorAll('textarea[name], input.in[name]')];
  const theirs = (text) => to.querySelector(`.in[name="${text.name}"]`);
  const [mine, newer] = [from, to].map((form) => form.querySelector('input[name=version]'));
  if (mine && newer && texts.every((text) => theirs(text)?.defaultValue === text.defaultValue)) {
    mine.value = newer.value;
  }
}

/** Where the page has answered its reader: the server draws these places empty. */
const SAID = ['said', 'draftSaid', 'hint'];

/**
 * moveBefore keeps focus and scroll of what it moves; older browsers insert. A list of proposals is inserted: Chromium
 * falls over when a field that names a moved one is taken away.
 */
function moved(parent, child, before) {
  const lists = child.nodeName === 'DATALIST' || child.querySelector('datalist');
  (lists ? parent.insertBefore : parent.moveBefore ?? parent.insertBefore).call(parent, child, before);
}

/** Turns the element `from`, which is on the page, into the likeness of `to`. */
export function morph(from, to) {
  if (from.nodeType === Node.TEXT_NODE) {
    if (from.data !== to.data) from.data = to.data;
    return;
  }
  if (from.nodeType !== Node.ELEMENT_NODE || from.isEqualNode(to)) return;
  // of a call that changes at that very moment the page may show less than its stream has told
  if (from.dataset.waitingCall && Number(to.dataset.version) < Number(from.dataset.version)) return;
  if (SAID.some((name) => name in from.dataset && from.dataset[name] === to.dataset[name])) return;
  if (from.dataset.keep !== undefined && busy(from)) {
    followVersion(from, to);
    return;
  }
  attributes(from, to);
  if (from.matches('select')) return; // what is chosen is the person's
  const keyed = new Map([...from.children].filter((child) => child.id).map((child) => [child.id, child]));
  const wanted = new Set([...to.children].map((child) => child.id));
  let at = from.firstChild;
  for (const want of [...to.childNodes]) {
    // what is there no more goes first: nothing that stays has to be moved past it
    while (at?.id && !wanted.has(at.id)) {
      const gone = at;
      at = at.nextSibling;
      gone.remove();
    }
    let have = want.id ? keyed.get(want.id) : null;
    if (have && have.nodeName !== want.nodeName) have = null;
    if (!have && at && sameKind(at, want)) have = at;
    if (!have) {
      from.insertBefore(document.importNode(want, true), at);
    } else if (have === at) {
      at = at.nextSibling;
      morph(have, want);
    } else {
      moved(from, have, at);
      morph(have, want);
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

/** What follows the server: the page itself, the state of the lines, the banners. */
const REGIONS = ['main', 'lines', 'banners'];

/** The page is the answer to a refused form: its address shows something else, and what was written stays. */
export const refused = performance.getEntriesByType('navigation')[0]?.responseStatus >= 400;

/** The journal number up to which the page on the screen is true. */
export let seen = Number(document.body.dataset.seq ?? 0);

/** Notes that an event with this number has been shown. */
export const saw = (seq) => { seen = Math.max(seen, seq); };

const hands = () => [...document.querySelectorAll('#main [data-hand]')];
const writing = (part) => [...part.querySelectorAll('form[data-keep]')].some(busy);

/**
 * Where this page comes from. The call that is being written about stays open and true, whatever else
 * came to hand and whatever became of it; the server offers the other (`data-waiting` shows the link).
 */
function source() {
  // a large page may name a part of itself that is enough
  const at = new URL(document.body.dataset.part ?? location.href, location.href);
  const kept = hands().find(writing)?.dataset.hand;
  if (kept) at.searchParams.set('kept', kept);
  return at;
}

/**
 * A page that was asked for before the writing began, or of a call that is gone, shows another call:
 * what is on the screen stays; whether it did.
 */
function leaveInHand(fresh) {
  const parts = hands();
  const namesake = (part) => fresh.getElementById(part.id);
  const other = (part) => namesake(part) && namesake(part).dataset.hand !== part.dataset.hand;
  if (!parts.some(writing) || !parts.some(other)) return false;
  for (const part of parts) {
    const own = document.importNode(part, true);
    own.dataset.waiting = '';
    const tab = own.querySelector('[data-tab-open]');
    if (tab) tab.textContent = tab.dataset.tabOpen.replace('{who}', namesake(part)?.dataset.name ?? '');
    namesake(part)?.replaceWith(own);
  }
  return true;
}

/** The address itself is refused, and will be again: nothing new comes from there. */
let barred = false;
let underway = false;
let again = false;
let held = 0;
const listeners = [];

/** Calls `then` whenever the page was brought up to date. */
export const afterRefresh = (then) => { listeners.push(then); };

/** Whether the reader has something of the page in the hand. */
export const inHand = () => held > 0;

/** While the reader has something of the page in the hand it stays as it is; what came meanwhile is shown then. */
export function hold(on) {
  held += on ? 1 : -1;
  if (held === 0 && again && !underway) {
    again = false;
    refresh();
  }
}

/** Turns these regions of the page into the likeness of a fresh one. */
function bring(fresh, regions) {
  for (const id of regions) {
    const [mine, theirs] = [document.getElementById(id), fresh.getElementById(id)];
    if (mine && theirs) morph(mine, theirs);
  }
}

let rising = null;

/** What stands above a page that brings only a part of itself up to date. One request is in flight, and at most one waits. */
export function above() {
  if (rising) rising.again = true;
  else rise();
}

async function rise() {
  rising = {};
  try {
    const answer = await fetch(document.body.dataset.above, { headers: { accept: 'text/html' } });
    if (!answer.ok || answer.redirected) return;
    bring(new DOMParser().parseFromString(await answer.text(), 'text/html'), REGIONS.filter((id) => id !== 'main'));
  } catch {
    // the net is gone: stale.js says so, and the hub asks again when it is back
  } finally {
    const more = rising.again;
    rising = null;
    if (more) above();
  }
}

/**
 * Fetches this page anew and morphs into it. One request is in flight and at most one waits,
 * however many ask. An answer older than what the stream has already told is fetched again.
 */
export async function refresh() {
  if (barred) return;
  if (underway || held > 0) {
    again = true;
    return;
  }
  underway = true;
  try {
    const from = source();
    const answer = await fetch(from, { headers: { accept: 'text/html' } });
    if (new URL(answer.url).pathname === '/sign-in') {
      document.documentElement.dataset.signedOut = '';
      return;
    }
    if (!answer.ok) {
      if (refused && answer.status === 400) barred = true;
      return;
    }
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    if (Number(answer.headers.get('x-seq') ?? fresh.body.dataset.seq ?? seen) < seen || held > 0) {
      again = true;
      return;
    }
    if (leaveInHand(fresh) && !from.searchParams.has('kept')) again = true;
    bring(fresh, REGIONS.filter((id) => !(refused && id === 'main')));
    for (const then of listeners) then();
  } catch {
    // the net is gone: stale.js says so, and the hub asks again when it is back
  } finally {
    underway = false;
    if (again) {
      again = false;
      setTimeout(refresh, 50);
    }
  }
}
