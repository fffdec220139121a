// The keyboard: every act a hand needs often has a key, and no key types into someone's sentence.
//   F2, Shift F2   I take the longest, the second waiting call      /      find a caller
//   g then c, b, f, m   places                                      j k Enter   down, up, open in lists
//   Ctrl S   save the note       ?   all keys                       Esc    close, leave the field
// Nothing happens while an input method composes; single letters do nothing while a field has focus.

const PLACE_WAIT = 1500;
let place = 0;

const typing = (el) => el?.closest('input, textarea, select, [contenteditable]');
const click = (selector) => { const el = document.querySelector(selector); el?.click(); return Boolean(el); };

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
  }
  return Boolean(field);
}

function letter(key) {
  if (performance.now() - place < PLACE_WAIT) {
    place = 0;
    return click(`a[data-place="${CSS.escape(key)}"]`);
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
  document.addEventListener('keydown', (event) => { if (pressed(event)) event.preventDefault(); });
  document.addEventListener('click', (event) => {
    if (event.target.closest('[data-keys]')) keyList();
    else if (event.target.closest('[data-close]')) event.target.closest('dialog')?.close();
  });
}
