// The list of an operator's tasks by keyboard: the arrows go about it, Enter opens the contact.
import { Roving } from "./roving.js";

export function startDay() {
  document.addEventListener("htmx:load", ({ target }) => settle(target));
  document.addEventListener("htmx:afterSwap", ({ target }) => {
    // What was pressed is gone: on with the next.
    if (target.id === "day-tasks") document.querySelector(".day-task:not(.is-done) .day-open")?.focus();
  });
  settle(document);
}

function settle(root) {
  const list = root.querySelector?.(".day-list");
  if (list) new Roving(list, ".day-open").settle();
}
