// The parked calls, to be taken up by whoever is free.
import { duration, now } from "./clock.js";
import { _ } from "./strings.js";

export class ParkedCalls {
  /** `takeUp(callId)` is called with the call chosen. */
  constructor(takeUp) {
    this.menu = document.getElementById("parked-menu");
    this.list = document.getElementById("parked-calls");
    this.count = document.getElementById("parked-count");
    this.list.addEventListener("click", ({ target }) => {
      const call = target.closest("[data-parked]");
      if (call) takeUp(call.dataset.parked);
    });
    setInterval(() => this.#tick(), 1000);
  }

  /** The calls as the server sent them. */
  show(calls) {
    this.menu.hidden = calls.length === 0;
    if (this.menu.hidden) this.menu.open = false;
    this.count.textContent = calls.length;
    this.list.replaceChildren(...calls.map(itemOf));
    this.#tick();
  }

  open() {
    if (this.menu.hidden) return;
    this.menu.open = true;
    this.list.querySelector("button")?.focus();
  }

  #tick() {
    for (const time of this.list.querySelectorAll("[data-since]"))
      time.textContent = duration(now() - Date.parse(time.dataset.since));
  }
}

function itemOf(call) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.parked = call.id;
  button.title = _("Take up");
  const caller = document.createElement("strong");
  caller.textContent = call.caller;
  const time = document.createElement("span");
  time.className = "number";
  time.dataset.since = call.since;
  const place = document.createElement("span");
  place.className = "faint";
  place.textContent = call.slot ? `${call.project} · ${call.slot}` : call.project;
  button.append(caller, time, place);
  return button;
}
