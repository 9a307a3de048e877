// A campaign's live page: the parts that changed come over its stream; and what its forms show at once.
import htmx from "htmx.org";
import { tickClocks } from "./board-clocks.js";
import { setServerTime } from "./clock.js";
import { isTyping } from "./keyboard.js";
import { setText } from "./keyed.js";
import { LiveStream } from "./live.js";
import { _ } from "./strings.js";
import { toast } from "./toasts.js";

class LivePage {
  constructor(root) {
    this.root = root;
    this.ending = new AbortController();
    document.addEventListener("keydown", (event) => this.#key(event), { capture: true, signal: this.ending.signal });
    this.live = new LiveStream(root.dataset.live);
    this.live.addEventListener("message", ({ detail }) => this.#receive(detail));
    for (const end of ["lost", "signed-out"]) this.live.addEventListener(end, () => this.#stale());
    this.live.connect();
    this.timer = setInterval(() => tickClocks(root), 1000);
  }

  close() {
    clearInterval(this.timer);
    this.ending.abort();
    this.live.close();
  }

  #receive(message) {
    if (message.type !== "campaign") return;
    setServerTime(message.now);
    this.seen = Date.parse(message.now);
    for (const [part, html] of Object.entries(message.parts)) replace(document.getElementById(`live-${part}`), html);
    this.root.querySelector("[data-stale]").hidden = true;
    this.root.classList.remove("is-stale");
    this.root.dataset.shown = "true";
    tickClocks(this.root);
  }

  #stale() {
    if (!this.seen) return;
    const at = new Date(this.seen).toLocaleTimeString(document.documentElement.lang);
    const line = this.root.querySelector("[data-stale]");
    setText(line, _("No connection: this is how it stood at %(time)s.", { time: at }));
    line.hidden = false;
    this.root.classList.add("is-stale");
  }

  /** S stops the dialing, whatever has the focus but a field. */
  #key(event) {
    const other = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
    if (other || event.code !== "KeyS" || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    event.stopPropagation(); // the letter means something else on the desk
    document.getElementById("camp-pause")?.click();
  }
}

/** New contents for a part; whoever is at one of its buttons stays there. */
function replace(part, html) {
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  part.innerHTML = html;
  htmx.process(part);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

/** Run a campaign's page whenever one is in the view, and its stream for no longer than that. */
export function startCampaigns() {
  const view = document.getElementById("view");
  let page;
  const look = () => {
    const root = view.hidden ? null : view.querySelector("[data-live]");
    if ((page?.root ?? null) === root) return;
    page?.close();
    page = root ? new LivePage(root) : undefined;
  };
  new MutationObserver(look).observe(view, { childList: true, attributes: true, attributeFilter: ["hidden"] });
  look();
  document.addEventListener("click", ({ target }) => {
    const opens = target.closest("[data-open]")?.dataset.open;
    if (opens) document.getElementById(opens).showModal();
  });
  document.addEventListener("input", ({ target }) => {
    if (target.dataset.shows) setText(document.getElementById(target.dataset.shows), `${target.value} %`);
  });
  document.addEventListener("told", ({ target, detail }) => {
    toast(detail.value, "", "done");
    target.closest("dialog")?.close();
    if (target.matches("form[data-reset]")) target.reset();
  });
}
