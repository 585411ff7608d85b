// One delegate per pane: a click on [data-act] becomes the event 'act', which the server answers.
const body = document.body;

const send = (node, value) =>
  trigger('act', {act: node.dataset.act, item: node.dataset.item || null, value: value ?? node.dataset.value ?? null});

const drawer = name => {
  const open = body.dataset.drawer === name ? '' : name;
  body.dataset.drawer = open;
  document.querySelectorAll('[data-drawer]').forEach(
    b => b !== body && b.setAttribute('aria-expanded', String(b.dataset.drawer === open)));
};

element.addEventListener('click', event => {
  const node = event.target.closest('button');
  if (!node || node.disabled) return;
  const dialog = node.closest('dialog');
  if (node.dataset.dialog) document.getElementById(node.dataset.dialog).showModal();
  else if (node.dataset.drawer) drawer(node.dataset.drawer);
  else if (node.hasAttribute('data-close')) dialog.close();
  else if (node.hasAttribute('data-edit')) {
    const said = node.closest('.said');
    const form = said.querySelector('form');
    form.hidden = !form.hidden;
    said.classList.toggle('editing', !form.hidden);
    (form.hidden ? said.querySelector('[data-edit]') : form.value).focus();
  } else if (node.dataset.act) {
    dialog?.close();
    send(node);
    if (['who', 'new', 'open', 'forget-me'].includes(node.dataset.act) && body.dataset.drawer) drawer(body.dataset.drawer);
  }
});

element.addEventListener('submit', event => {
  event.preventDefault();
  const form = event.target;
  send(form, new FormData(form).get('value'));
  if (form.dataset.act === 'who') { form.reset(); if (body.dataset.drawer) drawer(body.dataset.drawer); }
  if (form.dataset.act === 'edit') { form.hidden = true; form.closest('.said').classList.remove('editing'); }
});

element.addEventListener('keydown', event => {
  if (event.key === 'Escape' && body.dataset.drawer) drawer(body.dataset.drawer);
});

// A pane is patched node by node when its value changes: what a person opened stays open, and a new turn is brought
// into view once, at its beginning.
const opened = new Set();
element.addEventListener('toggle', event => {
  const key = event.target.dataset?.keep;
  if (key && event.isTrusted) event.target.open ? opened.add(key) : opened.delete(key);
}, true);

let last = null;
new MutationObserver(() => {
  element.querySelectorAll('details[data-keep]').forEach(d => {
    const open = opened.has(d.dataset.keep);
    if (d.open !== open) d.open = open;
  });
  const turns = element.querySelectorAll('article.turn');
  const newest = turns[turns.length - 1];
  const key = newest ? newest.id || 'running' : null;
  if (key && key !== last) {
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches || last === null;
    newest.scrollIntoView({block: 'start', behavior: calm ? 'auto' : 'smooth'});
  }
  last = key;
}).observe(element, {childList: true, subtree: true});
