// Pages beside the desk (calls, contacts, profile) open inside the shell, so that the telephone and the live
// stream go on while an operator looks something up.
import htmx from "htmx.org";
import * as drafts from "./drafts.js";

export class View {
  constructor() {
    this.desk = document.getElementById("desk");
    this.box = document.getElementById("view");
    document.addEventListener("click", (event) => this.#follow(event));
    addEventListener("popstate", () => this.#load(location.pathname + location.search));
    this.box.addEventListener("htmx:afterSettle", () => this.#restore());
    this.box.addEventListener("htmx:beforeSwap", (event) => this.#filtered(event));
    document.addEventListener("htmx:configRequest", (event) => {
      // What a page asks by itself can wait until somebody looks at it.
      if (event.target.matches("[data-quiet]") && event.target.closest("[hidden]")) event.preventDefault();
    });
    this.#mark();
    this.#restore();
  }

  /** Bring the desk with its cards to the screen. */
  showDesk() {
    if (location.pathname !== "/") history.pushState({}, "", "/");
    this.#showDesk();
  }

  async open(url) {
    history.pushState({}, "", url);
    await this.#load(url);
  }

  async #load(url) {
    if (url === "/") this.#showDesk();
    else {
      await htmx.ajax("GET", url, { target: this.box, swap: "innerHTML" });
      this.desk.hidden = true;
      this.box.hidden = false;
      this.#mark();
      const begin = this.box.querySelector("[autofocus]") ?? this.box.querySelector("h1");
      begin?.focus({ preventScroll: true }); // nothing hidden can be focused: only now
    }
  }

  #showDesk() {
    this.desk.hidden = false;
    this.box.hidden = true;
    this.#mark();
  }

  #follow(event) {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.target || link.origin !== location.origin || link.hasAttribute("data-leave")) return;
    event.preventDefault();
    this.open(link.pathname + link.search);
  }

  /** A filtered list has an address of its own, to be reloaded or passed on. */
  #filtered({ detail: { requestConfig, pathInfo, shouldSwap } }) {
    if (shouldSwap && !this.box.hidden && requestConfig.elt.matches("form.filters"))
      history.replaceState({}, "", pathInfo.finalRequestPath);
  }

  #mark() {
    for (const link of document.querySelectorAll(".rail a")) {
      const here = link.pathname === "/" ? location.pathname === "/" : location.pathname.startsWith(link.pathname);
      if (here) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }

  #restore() {
    for (const form of this.box.querySelectorAll("form.request")) drafts.restore(form.dataset.draft, form);
  }
}
