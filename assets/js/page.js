// What the server tells the script: words, figures and settings in data-… attributes of #told and
// of the body, so that there is one catalogue of words and nothing inline.

/** One told value, by its camel-case name; undefined when the page does not tell it. */
export const told = (name) => document.getElementById('told')?.dataset[name] ?? document.body.dataset[name];

/** Says something to screen readers: politely, or at once (`#say`, `#shout` of the layout). */
export function say(text, atOnce = false) {
  const where = document.getElementById(atOnce ? 'shout' : 'say');
  if (where) where.textContent = text;
}
