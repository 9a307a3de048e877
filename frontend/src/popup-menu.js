// One menu for many buttons: it opens beside the one pressed, closes on Escape, on a choice and on a click elsewhere.
import { element } from "./keyed.js";

export class PopupMenu {
  /** `box` is an empty element with the attribute `popover`. */
  constructor(box) {
    this.box = box;
    box.addEventListener("click", ({ target }) => target.closest("button, a") && this.close());
    box.addEventListener("keydown", (event) => this.#step(event));
    box.addEventListener("toggle", ({ newState }) => newState === "closed" && this.#closed());
  }

  /** Offer `entries`: {text, act, hint} or {text, href}, {heading}, or null for a line between. */
  open(anchor, entries) {
    this.anchor = anchor;
    anchor.setAttribute("aria-expanded", "true");
    this.box.replaceChildren(...entries.map(entryOf));
    this.box.showPopover();
    place(this.box, anchor.getBoundingClientRect());
    this.box.querySelector("button, a")?.focus();
  }

  close() {
    if (this.box.matches(":popover-open")) this.box.hidePopover();
  }

  #closed() {
    this.anchor?.setAttribute("aria-expanded", "false");
    if (this.box.contains(document.activeElement) || document.activeElement === document.body) this.anchor?.focus();
  }

  #step(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const items = [...this.box.querySelectorAll("button, a")];
    items.at((items.indexOf(document.activeElement) + step + items.length) % items.length)?.focus();
  }
}

function entryOf(entry) {
  if (entry === null) return element("hr");
  if (entry.heading) return element("p", "menu-heading faint", entry.heading);
  const made = element(entry.href ? "a" : "button", "menu-entry", element("span", "", entry.text));
  if (entry.hint) made.append(element("kbd", "", entry.hint));
  if (entry.href) made.href = entry.href;
  else {
    made.type = "button";
    made.onclick = entry.act;
  }
  return made;
}

/** Below the anchor, above it where there is no room; never outside the window. */
function place(box, anchor) {
  const { offsetWidth: width, offsetHeight: height } = box;
  const below = anchor.bottom + 4;
  const top = below + height <= innerHeight ? below : Math.max(8, anchor.top - height - 4);
  box.style.top = `${top}px`;
  box.style.left = `${Math.max(8, Math.min(anchor.left, innerWidth - width - 8))}px`;
}
