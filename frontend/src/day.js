// An operator's day by keyboard. In the list of tasks the arrows go about and Enter opens the contact; of conversations
// that wait for a result one is open at a time, and has the keys.
import { Roving } from "./roving.js";

const NEXT_TASK = ".day-task:not(.is-done) .day-open";

export function startDay() {
  document.addEventListener("htmx:load", ({ target }) => settle(target));
  document.addEventListener("htmx:afterSwap", ({ target }) => {
    const result = target.closest(".day-result");
    if (result) openAlone(result);
    // What was pressed is gone: on with the next.
    else if (target.id === "day-tasks") document.querySelector(NEXT_TASK)?.focus();
    else if (target.id === "day-missing") document.querySelector(`#day-missing .day-actions button, ${NEXT_TASK}`)?.focus();
  });
  settle(document);
}

function openAlone(result) {
  for (const other of document.querySelectorAll(".day-result")) if (other !== result) other.replaceChildren();
  result.querySelector("[data-lead]")?.focus({ preventScroll: true });
}

function settle(root) {
  const list = root.querySelector?.(".day-list");
  if (list) new Roving(list, ".day-open").settle();
}
