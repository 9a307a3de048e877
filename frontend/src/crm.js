// An outside CRM's page for the call: beside the card, or in a window of its own.
import { _ } from "./strings.js";

let opened; // one window for all calls

/** Open what the project asks for; a window the browser refuses becomes a link to click. */
export function openCrm(card, { crm_url: url, crm_open: how }) {
  const place = card.querySelector("[data-crm]");
  if (!url || !place || place.dataset.url === url) return; // what he types there must outlive a reconnect
  place.dataset.url = url;
  const link = document.createElement("a");
  link.href = url;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  link.textContent = _("Open in the customer's system");
  place.replaceChildren(link);
  if (how === "window") openWindow(url);
  else if (how === "frame") {
    const frame = document.createElement("iframe");
    frame.src = url;
    frame.title = _("The customer's system");
    frame.referrerPolicy = "no-referrer";
    place.append(frame);
  }
}

function openWindow(url) {
  if (!opened || opened.closed) {
    opened = window.open("", "_blank");
    if (!opened) return; // refused: the link remains
    opened.opener = null; // the outside page must not navigate the desk
  }
  opened.location.href = url;
}
