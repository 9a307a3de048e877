// Short messages in the corner. A text stays for long enough to be read, and under the pointer or focus for ever.
import { _ } from "./strings.js";

const HOLD = 10000; // milliseconds

/** Show what happened and, below it, what to do about it. `kind`: "error" or "done". */
export function toast(message, remedy = "", kind = "error") {
  const box = document.getElementById("toasts");
  const item = document.createElement("div");
  item.className = `toast-item toast-${kind}`;
  item.setAttribute("role", kind === "error" ? "alert" : "status");
  const text = document.createElement("div");
  const title = document.createElement("strong");
  title.textContent = message;
  text.append(title);
  if (remedy) {
    const what = document.createElement("p");
    what.textContent = remedy;
    text.append(what);
  }
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn-close";
  close.setAttribute("aria-label", _("Close"));
  close.onclick = () => item.remove();
  item.append(text, close);
  for (const old of box.querySelectorAll("strong")) if (old.textContent === message) old.closest(".toast-item").remove();
  box.append(item);
  const leave = () => (item.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : item.remove());
  setTimeout(leave, kind === "error" ? HOLD : HOLD / 2);
}
