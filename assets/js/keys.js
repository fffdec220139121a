// The keyboard: every act a hand needs often has a key, and no key types into someone's sentence.
//   F2, Shift F2   I take the longest, the second waiting call      /      find a caller
//   g then h, c, b, f, m   places                                   j k Enter   down, up, open in lists
//   Ctrl S   save the note       ?   all keys                       Esc    close, leave the field
// Nothing happens while an input method composes; single letters do nothing while a field has focus.

const PLACE_WAIT = 1500;
let place = -Infinity;

const typing = (el) => el?.closest('input, textarea, select, [contenteditable]');

/** Where `g` and a letter lead; a place this person has no way to is no place. */
const PLACES = { h: '/console', c: '/calls', b: '/rooms/board', f: '/faults', m: '/reports/answering' };

function go(key) {
  const link = document.querySelector(`.nav a[href="${PLACES[key]}"]`);
  link?.click();
  return Boolean(link);
}

/** Takes the n-th longest waiting call that nobody has taken yet. */
function take(n) {
  const forms = document.querySelectorAll('[data-waiting-call] form[data-pickup]');
  forms[n]?.requestSubmit();
  return Boolean(forms[n]);
}

function walk(step) {
  const links = [...document.querySelectorAll('[data-list] a[data-row]')];
  if (links.length === 0) return false;
  const here = links.indexOf(document.activeElement);
  const next = here < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, here + step));
  links[next].focus();
  return true;
}

function keyList() {
  const dialog = document.getElementById('key-list');
  if (!dialog) return false;
  if (dialog.open) dialog.close();
  else dialog.showModal();
  return true;
}

function find() {
  const field = document.querySelector('[data-find]');
  if (field) {
    field.focus();
    field.select();
  } else {
    location.assign('/calls#find');
  }
  return true;
}

function letter(key) {
  if (performance.now() - place < PLACE_WAIT) {
    place = -Infinity;
    return go(key);
  }
  switch (key) {
    case 'g': place = performance.now(); return true;
    case 'j': return walk(1);
    case 'k': return walk(-1);
    case '/': return find();
    case '?': return keyList();
    default: return false;
  }
}

function pressed(event) {
  if (event.isComposing || event.keyCode === 229) return false;
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (event.key === 'F2' && plain) return take(event.shiftKey ? 1 : 0);
  if (event.key.toLowerCase() === 's' && (event.ctrlKey || event.metaKey) && !event.altKey) {
    const form = event.target.closest?.('form[data-save]') ?? document.querySelector('form[data-save]');
    form?.requestSubmit();
    return Boolean(form);
  }
  if (event.key === 'Escape') {
    if (typing(event.target)) event.target.blur();
    return false; // dialogs close by themselves
  }
  return plain && !typing(event.target) && letter(event.key);
}

/** Starts listening. */
export function keys() {
  if (location.hash === '#find') find();
  document.addEventListener('keydown', (event) => { if (pressed(event)) event.preventDefault(); });
  document.addEventListener('click', (event) => {
    if (event.target.closest('[data-keys]')) keyList();
    else if (event.target.closest('[data-close]')) event.target.closest('dialog')?.close();
  });
}
