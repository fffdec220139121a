// The print button of a report: the page as it is, with every definition open.

document.addEventListener('click', (click) => {
  if (!click.target.closest('[data-print]')) return;
  for (const details of document.querySelectorAll('.defs details')) details.open = true;
  print();
});
