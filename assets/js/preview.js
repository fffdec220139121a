// Says beneath a change of room what it would do before it is done: what is called out, what becomes
// free, and who of those who wait gains. A key of the board opens the form it means.

const form = document.querySelector('form[data-preview]');

let timer = 0;
let turn = 0;

function look() {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    const place = form.querySelector('[data-preview-said]');
    const fields = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ''));
    if (!fields.has('room') && !fields.has('at') && !fields.has('minutes')) {
      place.textContent = '';
      return;
    }
    const mine = ++turn;
    const answer = await fetch(`${form.dataset.preview}?${fields}`, { headers: { accept: 'application/json' } }).catch(() => null);
    const record = await answer?.json().catch(() => ({})) ?? {};
    if (mine === turn) place.textContent = record.said ?? record.detail ?? '';
  }, 250);
}

form?.addEventListener('input', look);
// what was typed is done, or asked for: nothing lies ahead any more
form?.addEventListener('reset', look);

const wanted = location.hash ? document.getElementById(location.hash.slice(1)) : null;

function reveal() {
  wanted.scrollIntoView({ block: 'center' });
  wanted.querySelector('input:not([type=hidden]), select')?.focus();
}

if (wanted) {
  reveal();
  // a browser that finds the place itself while the page still loads takes the caret away again
  const again = () => requestAnimationFrame(() => { if (document.activeElement === document.body) reveal(); });
  if (document.readyState === 'complete') again();
  else addEventListener('load', again, { once: true });
}
