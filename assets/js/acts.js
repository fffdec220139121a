// Forms marked data-act are sent without leaving the page. The server decides: what it refuses is
// said beside the form, in its words, and nothing typed is lost. Without script they are plain forms.

import { forget } from './drafts.js';
import { refresh } from './live.js';
import { told } from './page.js';

function said(form, text, refused) {
  const where = form.querySelector('[data-said]') ?? document.querySelector(`[data-said="${form.id}"]`);
  if (!where) return;
  where.textContent = text;
  where.classList.toggle('c4', refused);
}

/** After a save the server's text is the text: a later change counts from here. */
function settle(form, record) {
  for (const field of form.querySelectorAll('textarea[name], input[name]')) {
    if (field.name === 'version') field.value = record.version ?? field.value;
    else if (field.type !== 'hidden') field.defaultValue = field.value;
  }
  forget(form);
}

async function send(form, button) {
  if (form.getAttribute('aria-busy') === 'true') return;
  const body = new URLSearchParams(new FormData(form, button));
  form.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(form.action, { method: 'POST', body, headers: { accept: 'application/json' } });
    const record = await answer.json().catch(() => ({}));
    // the next press is another act
    if (form.elements.op_id) form.elements.op_id.value = crypto.getRandomValues(new Uint32Array(4)).join('-');
    if (answer.ok) {
      settle(form, record);
      said(form, form.dataset.done ?? '', false);
    } else {
      said(form, record.detail ?? record.title ?? told('failed') ?? '', true);
      if (answer.status === 409 && record.current?.version) form.elements.version.value = record.current.version;
    }
  } catch {
    said(form, told('failed') ?? '', true);
  } finally {
    form.removeAttribute('aria-busy');
    refresh();
  }
}

/** Starts listening. */
export function acts() {
  document.addEventListener('submit', (event) => {
    const form = event.target.closest('form[data-act]');
    if (!form) return;
    event.preventDefault();
    send(form, event.submitter);
  });
}
