// A list is one stop of the Tab key; within it the arrows go about.
const STEPS = { ArrowDown: [0, 1], ArrowUp: [0, -1], ArrowRight: [1, 0], ArrowLeft: [-1, 0] };

/** Have the elements of `container` that match `selector` share one tab stop. Call `settle` after the list changed. */
export class Roving {
  constructor(container, selector) {
    this.container = container;
    this.selector = selector;
    container.addEventListener("keydown", (event) => this.#step(event));
    container.addEventListener("focusin", ({ target }) => target.matches(selector) && this.#choose(target));
  }

  settle() {
    const items = this.#items();
    const chosen = items.find((item) => item.tabIndex === 0 && item === this.chosen) ?? items[0];
    for (const item of items) item.tabIndex = item === chosen ? 0 : -1;
    this.chosen = chosen;
  }

  #items() {
    return [...this.container.querySelectorAll(this.selector)];
  }

  #choose(item) {
    if (this.chosen) this.chosen.tabIndex = -1;
    item.tabIndex = 0;
    this.chosen = item;
  }

  #step(event) {
    const step = STEPS[event.key];
    if (!step || !event.target.matches(this.selector)) return;
    event.preventDefault();
    nearest(event.target, this.#items(), step)?.focus();
  }
}

/** The next item in that direction: down a column, or along a row and on into the next. */
function nearest(from, items, [across, down]) {
  if (across) return items[items.indexOf(from) + across];
  const here = from.getBoundingClientRect();
  const below = items
    .map((item) => ({ item, box: item.getBoundingClientRect() }))
    .filter(({ box }) => (box.top - here.top) * down > here.height / 2)
    .map(({ item, box }) => ({ item, far: Math.abs(box.top - here.top) * 4 + Math.abs(box.left - here.left) }));
  return below.sort((one, other) => one.far - other.far)[0]?.item;
}
