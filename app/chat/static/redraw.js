// Puts the server's HTML into the page, and replaces it by later versions: only differences from the
// version before are changed, so what the visitor opened, marked or plays stays as it is.

function toElement(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}

// Each element as the server sent it. A visitor's changes (opened details, a player, a marked number)
// are only in the page, so both can be distinguished.
const drawn = new WeakMap();

function draw(place, html) {
  const made = toElement(html);
  const shown = made.cloneNode(true);
  drawn.set(shown, made);
  place.append(shown);
  return shown;
}

function redraw(shown, html) {
  const made = toElement(html);
  renew(shown, drawn.get(shown), made);
  drawn.set(shown, made);
}

// `shown` is in the page and was made from `before`: apply the differences between `before` and `after`.
function renew(shown, before, after) {
  if (before.isEqualNode(after)) return;
  if (before.tagName !== after.tagName || before.className !== after.className || isText(before) || isText(after)) {
    shown.replaceWith(after.cloneNode(true));
    return;
  }
  for (const name of new Set([...before.getAttributeNames(), ...after.getAttributeNames()])) {
    const value = after.getAttribute(name);
    if (value === before.getAttribute(name)) continue;
    if (value === null) shown.removeAttribute(name);
    else shown.setAttribute(name, value);
  }
  const [places, befores, afters] = [shown, before, after].map((node) => [...node.children]);
  afters.forEach((made, place) => {
    if (place < befores.length) renew(places[place], befores[place], made);
    else shown.append(made.cloneNode(true));
  });
  for (const left of places.slice(afters.length)) left.remove();
}

function isText(node) {
  return !node.childElementCount || [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
}
