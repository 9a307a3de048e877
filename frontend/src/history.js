// Filtering the history on a card, and playing recordings where they stand.
import { settings } from "./settings.js";
import { _ } from "./strings.js";

export function startHistory() {
  document.addEventListener("input", ({ target }) => {
    const history = target.matches("[data-history-topic], [data-history-search]") && target.closest(".history");
    if (history) filter(history);
  });
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-recording]");
    if (button) play(button);
  });
  document.addEventListener("htmx:load", ({ target }) => hideForbidden(target));
  hideForbidden(document);
}

function filter(history) {
  const topic = history.querySelector("[data-history-topic]").value;
  const words = history.querySelector("[data-history-search]").value.toLocaleLowerCase().split(/\s+/);
  for (const entry of history.querySelectorAll(".entry[data-topic]")) {
    const text = entry.textContent.toLocaleLowerCase();
    entry.hidden = (topic && entry.dataset.topic !== topic) || !words.every((word) => text.includes(word));
  }
}

function play(button) {
  const player = document.createElement("audio");
  player.className = "player";
  player.controls = true;
  player.src = button.dataset.recording;
  player.setAttribute("aria-label", _("Recording"));
  button.replaceWith(player);
  player.focus();
  player.play().catch(() => {}); // the player itself shows that it cannot
}

/** Operators hear their own calls only; the server refuses the rest, so no button promises them. */
function hideForbidden(root) {
  if (settings.listens_to_all) return;
  for (const button of root.querySelectorAll("[data-recording]"))
    button.hidden = button.dataset.operator !== settings.name;
}
