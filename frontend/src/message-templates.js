// Texts of messages: a value chosen from the menu is put where the cursor was, in the field last written in.
const HOLE = "…"; // what of an inserted value is still to be named

let last;

document.addEventListener("focusin", ({ target }) => {
  if (target.matches(".message-written textarea, .message-written input")) last = target;
});

document.addEventListener("click", ({ target }) => {
  const value = target.closest("[data-insert]")?.dataset.insert;
  if (value) insert(target.closest(".message-written"), value);
});

function insert(written, value) {
  const field = last?.offsetParent && written.contains(last) ? last : written.querySelector("textarea");
  const start = field.selectionStart;
  field.setRangeText(value, start, field.selectionEnd, "end");
  field.focus();
  const hole = value.indexOf(HOLE);
  if (hole >= 0) field.setSelectionRange(start + hole, start + hole + HOLE.length);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
