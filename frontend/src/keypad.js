// Keys for the machines one talks to: sent one by one in the order pressed, by mouse or by typing while it is open.
import { post } from "./requests.js";

export class Keypad {
  constructor() {
    this.panel = document.getElementById("keypad");
    this.shown = document.getElementById("keypad-shown");
    this.button = document.getElementById("keypad-open");
    this.sent = Promise.resolve();
    this.panel.addEventListener("click", ({ target }) => {
      const digit = target.closest("[data-digit]")?.dataset.digit;
      if (digit) this.#send(digit);
    });
    document.addEventListener("keydown", (event) => this.#key(event));
  }

  toggle() {
    if (this.panel.hidden && !this.button.disabled && this.button.offsetParent) this.#open();
    else this.close();
  }

  close() {
    if (this.panel.hidden) return;
    this.panel.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    if (this.panel.contains(document.activeElement)) this.button.focus();
  }

  #open() {
    this.shown.textContent = "";
    this.panel.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    this.panel.focus({ preventScroll: true });
  }

  #key(event) {
    if (this.panel.hidden || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.("input, textarea, select, dialog")) return;
    if (event.key === "Escape") this.close();
    else if (/^[0-9*#]$/.test(event.key)) this.#send(event.key);
    else return;
    event.preventDefault();
  }

  #send(digit) {
    this.shown.textContent = (this.shown.textContent + digit).slice(-20);
    this.sent = this.sent.then(() => post("/desk/digits", { digits: digit }));
  }
}
