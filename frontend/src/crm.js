// An outside CRM's page for the call: in the place of the history, or in a window of its own.
import { _ } from "./strings.js";

let opened; // one window for all calls

/** Open what the project asks for; a window the browser refuses becomes a link to click. */
export function openCrm(card, { crm_url: url, crm_open: how }) {
  const place = card.querySelector("[data-crm]");
  if (!url || !place || card.dataset.crm === url) return; // what he types there must outlive a reconnect
  card.dataset.crm = url;
  const beside = card.querySelector("[data-beside]");
  if (how === "frame" && beside) showBeside(beside, url);
  else place.replaceChildren(linkTo(url), ...(how === "frame" ? [frameOf(url)] : []));
  if (how === "window") openWindow(url);
}

function showBeside(beside, url) {
  const crm = document.createElement("section");
  crm.className = "crm";
  crm.setAttribute("aria-label", _("The customer's system"));
  crm.append(linkTo(url), frameOf(url));
  const tabs = document.createElement("div");
  tabs.className = "beside-tabs";
  const show = (what) => {
    beside.dataset.shows = what;
    for (const tab of tabs.children) tab.setAttribute("aria-pressed", String(tab.dataset.show === what));
  };
  tabs.append(tabTo("crm", _("The customer's system"), show), tabTo("history", _("History"), show));
  beside.prepend(tabs);
  beside.append(crm);
  show("crm");
}

function tabTo(what, name, show) {
  const tab = document.createElement("button");
  tab.type = "button";
  tab.dataset.show = what;
  tab.textContent = name;
  tab.onclick = () => show(what);
  return tab;
}

function linkTo(url) {
  const link = document.createElement("a");
  link.href = url;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  link.textContent = _("Open in the customer's system");
  return link;
}

function frameOf(url) {
  const frame = document.createElement("iframe");
  frame.src = url;
  frame.title = _("The customer's system");
  frame.referrerPolicy = "no-referrer";
  return frame;
}

function openWindow(url) {
  if (!opened || opened.closed) {
    opened = window.open("", "_blank");
    if (!opened) return; // refused: the link remains
    opened.opener = null; // the outside page must not navigate the desk
  }
  opened.location.href = url;
}
