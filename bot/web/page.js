// One delegate per pane: a click on [data-act] becomes the event 'act', which the server answers.
const body = document.body;

const send = (node, value) =>
  trigger('act', {act: node.dataset.act, item: node.dataset.item || null, value: value ?? node.dataset.value ?? null});

const box = () => document.querySelector('#message textarea');

const drawer = name => {
  const open = body.dataset.drawer === name ? '' : name;
  body.dataset.drawer = open;
  document.getElementById('talk').inert = !!open; // it lies under the drawer: nothing there can be reached
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
    if (node.dataset.act === 'unrate') node.form.reset(); // what was chosen since would outlive what the server sends
    send(node);
    if (['who', 'new', 'open', 'forget-me'].includes(node.dataset.act) && body.dataset.drawer) drawer(body.dataset.drawer);
  }
});

element.addEventListener('submit', event => {
  event.preventDefault();
  const form = event.target, fields = new FormData(form);
  send(form, form.dataset.act === 'rate' ? Object.fromEntries(fields) : fields.get('value'));
  if (form.dataset.act === 'who') { form.reset(); if (body.dataset.drawer) drawer(body.dataset.drawer); }
  if (form.dataset.act === 'edit') { form.hidden = true; form.closest('.said').classList.remove('editing'); }
});

// For the whole page, so once: Escape closes what is open, or stops the answer that is being written. A button that
// goes away when it is pressed by key, Send or Stop, leaves the keyboard in the box.
if (!body.dataset.keys) {
  body.dataset.keys = 'on';
  document.addEventListener('keydown', event => {
    if (event.key !== 'Escape' || event.isComposing || document.querySelector('dialog[open]')) return;
    const form = event.target.closest('.said form');
    if (body.dataset.drawer) drawer(body.dataset.drawer);
    else if (form) form.querySelector('[data-edit]').click();
    else document.querySelector('#stop')?.click();
  });
  document.addEventListener('click', event => {
    if (event.detail === 0 && event.target.closest('#send, #stop')) box()?.focus();
  });
}

// A pane is patched node by node when its value changes: what a person opened stays open, and a new turn is brought
// into view once, at its beginning. A click on a summary is a person's, by key or pointer; other changes are the patch's.
const opened = new Set();
element.addEventListener('click', event => {
  const details = event.target.closest('summary')?.parentNode, key = details?.dataset.keep;
  if (key) details.open ? opened.delete(key) : opened.add(key);
});
element.addEventListener('toggle', event => {
  if (event.newState === 'open' && event.oldState === 'closed' && event.target.closest('.opinion'))
    event.target.scrollIntoView({block: 'nearest'});
}, true);

let last = null, told = null;
new MutationObserver(() => {
  element.querySelectorAll('details[data-keep]:not([open])').forEach(d => { d.open = opened.has(d.dataset.keep); });
  // A node that now shows another conversation's form must not keep what was chosen in this one's.
  element.querySelectorAll('form[data-key]').forEach(form => {
    if (form.key && form.key !== form.dataset.key) form.reset();
    form.key = form.dataset.key;
  });
  const turns = element.querySelectorAll('article.turn');
  const newest = turns[turns.length - 1];
  const key = newest ? newest.id || 'running' : null;
  if (key && key !== last) {
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches || last === null;
    newest.scrollIntoView({block: 'start', behavior: calm ? 'auto' : 'smooth'});
  }
  last = key;
  // What went wrong is said where it can be seen, above the box that stays at the bottom.
  const notice = element.querySelector('.notice');
  if (notice && notice !== told) notice.scrollIntoView({block: 'nearest'});
  told = notice;
}).observe(element, {childList: true, subtree: true, attributeFilter: ['open', 'data-key']});
