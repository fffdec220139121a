// A menu (details[data-menu]) closes when a hand or the keyboard goes elsewhere, and with Esc.

const open = () => document.querySelectorAll('details[data-menu][open]');
const close = (but) => open().forEach((menu) => { if (!menu.contains(but)) menu.open = false; });

document.addEventListener('click', (click) => close(click.target));
document.addEventListener('focusin', (focus) => close(focus.target));
document.addEventListener('keydown', (key) => {
  const menu = key.key === 'Escape' && open()[0];
  if (!menu) return;
  menu.open = false;
  menu.querySelector('summary').focus();
  key.stopPropagation();
}, true);
