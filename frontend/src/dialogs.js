// Modal questions: a <dialog> of the page, answered by its buttons.

/** Show the dialog and wait: the value of the button pressed, "" if it was dismissed. */
export function ask(id) {
  const dialog = document.getElementById(id);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((answer) => dialog.addEventListener("close", () => answer(dialog.returnValue), { once: true }));
}

/** Buttons marked `data-close` dismiss their dialog. */
export function startDialogs() {
  document.addEventListener("click", ({ target }) => target.closest("[data-close]")?.closest("dialog")?.close(""));
}
