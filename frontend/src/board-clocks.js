// Clocks that count up from `data-since`; with `data-within` they say by colour and sign when that is passed.
import { duration, now } from "./clock.js";
import { setText } from "./keyed.js";

export function tickClocks(root) {
  for (const clock of root.querySelectorAll("[data-since]")) {
    const waited = now() - Number(clock.dataset.since);
    const within = Number(clock.dataset.within) * 1000;
    const late = Boolean(within) && waited > 2 * within;
    setText(clock, `${late ? "! " : ""}${duration(waited)}`);
    clock.classList.toggle("is-soon", Boolean(within) && waited > within && !late);
    clock.classList.toggle("is-late", late);
  }
}
