// One field that finds operators, queues and numbers, and the list below it: arrows and clicks choose.
import { duration, now } from "./clock.js";
import { showError } from "./requests.js";
import { _ } from "./strings.js";
import { toast } from "./toasts.js";

const PAUSE = 120; // milliseconds of not typing before the server is asked
const DEADLINE = 5000; // milliseconds it may take to answer

export class DestinationList {
  constructor(field, list) {
    this.field = field;
    this.list = list;
    field.addEventListener("input", () => this.#ask(PAUSE));
    field.addEventListener("keydown", (event) => this.#key(event));
    list.addEventListener("click", (event) => this.#click(event));
  }

  /** Begin anew with `text` in the field. */
  start(text = "") {
    this.field.value = text;
    this.list.replaceChildren();
    this.field.select();
    this.#ask(0);
  }

  /** The destination chosen among those for what is typed; undefined if there is none, or he typed on meanwhile. */
  async chosenOne() {
    return (await this.#answered()) && this.chosen?.isConnected ? this.chosen.dataset.to : undefined;
  }

  /** Wait for the answer on its way; false if another question took its place. */
  async #answered() {
    const awaited = this.pending;
    await awaited;
    return awaited === this.pending;
  }

  /** From now on nothing is chosen until the server has answered for what is in the field. */
  #ask(pause) {
    this.#forget();
    this.#choose(undefined);
    this.overtaken = new AbortController();
    this.pending = this.#search(pause, this.overtaken.signal);
  }

  /** Whatever has been asked is not wanted any more. */
  #forget() {
    this.overtaken?.abort();
    this.pending = undefined;
  }

  async #search(pause, overtaken) {
    await new Promise((done) => {
      setTimeout(done, pause);
      overtaken.addEventListener("abort", done);
    });
    if (overtaken.aborted) return;
    try {
      const response = await fetch(`/desk/destinations?${new URLSearchParams({ q: this.field.value })}`, {
        headers: { "HX-Request": "true" },
        signal: AbortSignal.any([overtaken, AbortSignal.timeout(DEADLINE)]),
      });
      const body = await response.text();
      if (overtaken.aborted) return;
      if (!response.ok) showError(body);
      else this.#show(body);
    } catch {
      if (!overtaken.aborted) toast(_("The server did not answer."), _("Check the network and try again."));
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
    this.chosen = option;
    for (const other of this.#options) other.setAttribute("aria-selected", String(other === option));
    if (!option) return this.field.removeAttribute("aria-activedescendant");
    this.field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  /** A click means what is seen: an answer still on its way shall not put somebody else in its place. */
  #click({ target }) {
    const option = target.closest("[data-to]");
    if (!option) return;
    this.#forget();
    this.#choose(option);
  }

  async #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    if (!(await this.#answered())) return;
    const options = this.#options;
    this.#choose(options.at((options.indexOf(this.chosen) + step + options.length) % options.length));
  }
}
