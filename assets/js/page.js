// What the server tells the script: words, figures and settings in data-… attributes of #page, so
// that there is one catalogue of words and nothing inline.

/** The part of the document that follows the server. */
export const page = () => document.getElementById('page');

/** One told value, by its camel-case name; undefined when the page does not tell it. */
export const told = (name) => page()?.dataset[name];

/** Says something to screen readers: politely, or at once (`#say`, `#shout` of the layout). */
export function say(text, atOnce = false) {
  const where = document.getElementById(atOnce ? 'shout' : 'say');
  if (where) where.textContent = text;
}
