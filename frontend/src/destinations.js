// One field that finds operators, queues and numbers, and the list below it: arrows and clicks choose.
import { duration, now } from "./clock.js";
import { showError } from "./requests.js";
import { _ } from "./strings.js";
import { toast } from "./toasts.js";

const PAUSE = 120; // milliseconds of not typing before the server is asked

export class DestinationList {
  constructor(field, list) {
    this.field = field;
    this.list = list;
    field.addEventListener("input", () => this.#searchSoon());
    field.addEventListener("keydown", (event) => this.#key(event));
    list.addEventListener("click", ({ target }) => this.#choose(target.closest("[role=option]")));
  }

  /** Begin anew with `text` in the field. */
  start(text = "") {
    this.field.value = text;
    this.list.replaceChildren();
    this.field.select();
    this.#search();
  }

  /** The destination chosen, once what was typed has been looked for; undefined if none is. */
  async chosenOne() {
    if (this.timer) await this.pending; // typed quickly and pressed Enter: what was typed counts, not what was shown
    return this.chosen?.isConnected ? this.chosen.dataset.to : undefined;
  }

  #searchSoon() {
    clearTimeout(this.timer);
    this.pending = new Promise((done) => {
      this.timer = setTimeout(() => done(this.#search()), PAUSE);
    });
  }

  /** Ask the server; an answer overtaken by a later question is dropped. */
  async #search() {
    const text = this.field.value;
    this.timer = clearTimeout(this.timer);
    try {
      const response = await fetch(`/desk/destinations?${new URLSearchParams({ q: text })}`, {
        headers: { "HX-Request": "true" },
        signal: AbortSignal.timeout(5000),
      });
      const body = await response.text();
      if (this.field.value !== text) return;
      if (!response.ok) showError(body);
      else this.#show(body);
    } catch {
      toast(_("The server did not answer."), _("Check the network and try again."));
    }
  }

  #show(html) {
    this.list.innerHTML = html;
    for (const since of this.list.querySelectorAll("[data-since]"))
      since.textContent = duration(now() - Date.parse(since.dataset.since));
    this.#choose(this.#options[0]);
  }

  get #options() {
    return [...this.list.querySelectorAll("[data-to]")];
  }

  #choose(option) {
    if (!option?.dataset.to) return;
    for (const other of this.#options) other.setAttribute("aria-selected", String(other === option));
    this.chosen = option;
    this.field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const options = this.#options;
    this.#choose(options.at((options.indexOf(this.chosen) + step + options.length) % options.length));
  }
}
