// Lists that are told what they should hold, as often as one likes; what did not change is not touched.

/**
 * Have `container` hold one element per item, in order. `key(item)` names it, `create(item)` makes it, and
 * `update(element, item)` brings it up to date; the element stays the same for as long as the item is there.
 */
export function keep(container, items, { key, create, update }) {
  const wanted = new Set(items.map((item) => String(key(item))));
  const there = new Map();
  for (const element of [...container.children]) {
    if (wanted.has(element.dataset.key)) there.set(element.dataset.key, element);
    else element.remove();
  }
  const focused = container.contains(document.activeElement) ? document.activeElement : undefined;
  let place = container.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    const element = there.get(name) ?? create(item);
    element.dataset.key = name;
    update(element, item);
    if (element === place) place = place.nextElementSibling;
    else container.insertBefore(element, place);
  }
  if (focused?.isConnected && focused !== document.activeElement) focused.focus({ preventScroll: true });
}

/** Change a text only when it differs. */
export function setText(element, text) {
  if (element.textContent !== String(text)) element.textContent = text;
}

/** An element with a class and children (texts or elements). */
export function element(tag, className = "", ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** A drawing of icons.svg. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `/static/build/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** Have `svg` show another drawing. */
export function setIcon(svg, name) {
  const href = `/static/build/icons.svg#${name}`;
  const use = svg.firstElementChild;
  if (use.getAttribute("href") !== href) use.setAttribute("href", href);
}
