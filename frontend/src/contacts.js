// The search for contacts by keyboard: from the field down into the list, and Enter for the first of it.
import { Roving } from "./roving.js";

const opening = new WeakSet(); // fields whose list is awaited to open its first entry

export function startContacts() {
  document.addEventListener("keydown", (event) => {
    if (event.target.id === "contact-search") fromField(event);
    else if (event.key === "ArrowUp" && event.target === names()[0]) field().focus();
  });
  document.addEventListener("input", ({ target }) => target.value && grow(target.closest("[data-rows] > [data-row]")));
  // What was typed has been asked for already: asked again, the list would be renewed under the keys that go about it.
  document.addEventListener("change", (event) => event.target === field() && event.stopPropagation(), { capture: true });
  document.addEventListener("htmx:load", ({ target }) => settle(target));
  settle(document);
}

const field = () => document.getElementById("contact-search");
const names = () => [...document.querySelectorAll("#contact-list .result-name")];

function fromField(event) {
  if (event.key === "ArrowDown" && names().length) {
    event.preventDefault();
    names()[0].focus();
  } else if (event.key === "Enter") opening.add(event.target); // the form asks at once; its answer is opened below
}

/** There is always an empty row for one more telephone, mail or address. */
function grow(row) {
  if (!row || row.nextElementSibling?.matches("[data-row]")) return;
  const next = row.cloneNode(true);
  for (const input of next.querySelectorAll("input")) input.value = "";
  for (const select of next.querySelectorAll("select")) select.value = row.querySelector("select").value;
  row.after(next);
}

/** A list that has just come: one stop of the Tab key, and what Enter waited for. */
function settle(root) {
  const list = root.id === "contact-list" ? root : root.querySelector?.("#contact-list");
  const box = document.getElementById("contact-results");
  if (!box) return;
  box.roving ??= new Roving(box, ".result-name");
  box.roving.settle();
  if (list && opening.delete(field())) names()[0]?.click();
}
