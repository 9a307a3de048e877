// Cards of calls, as tabs once there are several. A card with unsaved words is never replaced.
import htmx from "htmx.org";
import { duration, now } from "./clock.js";
import { ask } from "./dialogs.js";
import * as drafts from "./drafts.js";
import { _ } from "./strings.js";

const SAVING = 3000; // milliseconds a note may take to be saved before the call goes on without it

export class Cards extends EventTarget {
  constructor() {
    super();
    this.box = document.getElementById("cards");
    this.tabs = document.getElementById("card-tabs");
    this.empty = document.getElementById("desk-empty");
    this.box.addEventListener("input", (event) => this.#typed(event.target));
    this.box.addEventListener("request-saved", (event) => this.#saved(event.target));
    this.box.addEventListener("panel-closed", (event) => this.#release(event.target));
    this.held = new WeakMap(); // by the part it is for: what came in last while words were being typed there
    document.addEventListener("input", (event) => keepDraft(event.target));
    setInterval(() => this.#tick(), 500);
    this.#arrange();
  }

  /** Put a card on the screen: in front, or as a tab behind an unsaved card or a conversation. */
  add({ call_id: callId, html, passed_by: passedBy }) {
    if (this.cardOf(callId)) return;
    const front = this.#front();
    if (front && !isDirty(front) && front.dataset.call !== this.currentCall) front.remove();
    const staying = this.#front();
    const template = document.createElement("template");
    template.innerHTML = html;
    const card = template.content.firstElementChild;
    this.box.append(card);
    activate(card);
    const form = card.querySelector("form.request");
    if (form && (drafts.restore(callId, form) || unsaved(card))) card.dataset.dirty = "true";
    showPassedBy(card, passedBy);
    this.#bringForward(staying ?? card);
  }

  /** Replace one part of a card (`part` names it) by what came in later; with a panel open in it, once that closes. */
  fill(message) {
    const { call_id: callId, part, html } = message;
    const card = this.cardOf(callId);
    const place = card?.querySelector(`[data-part="${CSS.escape(part)}"]`);
    if (!place || "editing" in place.dataset) return;
    if (place.querySelector("[data-lead-panel]:not([hidden])")) {
      this.held.set(place, message);
      return;
    }
    if (part === "work" && isDirty(card)) return; // somebody else's version meets his own when he saves
    const cursor = place.contains(document.activeElement) && document.activeElement.name;
    const crm = place.querySelector("[data-crm]");
    place.outerHTML = html;
    if (crm) card.querySelector("[data-crm]")?.replaceWith(crm);
    activate(card);
    const form = card.querySelector("form.request");
    if (part === "work" && (drafts.restore(callId, form) || unsaved(card))) card.dataset.dirty = "true";
    if (cursor) form.elements.namedItem(cursor)?.focus({ preventScroll: true });
    if (part === "who") showPassedBy(card, card.dataset.passedBy);
    const title = card.querySelector("[data-card-title]");
    if (title) card.dataset.title = title.textContent;
    this.#arrange();
  }

  /** A panel was closed: what its part was to show meanwhile comes now. */
  #release(lead) {
    for (const place of lead.querySelectorAll("[data-part]")) {
      const message = this.held.get(place);
      if (message) this.fill(message);
    }
  }

  /** The call's card comes to the front and the cursor goes to its note; a lead's result is chosen by single keys. */
  focus(callId) {
    const card = this.cardOf(callId);
    if (!card) return;
    this.#bringForward(card);
    const begin = card.querySelector("[data-lead]") ?? card.querySelector("[data-note]");
    if (!card.contains(document.activeElement)) begin?.focus({ preventScroll: true });
  }

  /** Told with every state: the call the operator has now, so that its card is kept. */
  setCurrent(call, ringing) {
    this.current = call;
    this.currentCall = call?.id;
    for (const card of this.#all()) card.dataset.ringing = String(ringing && card.dataset.call === call.id);
    this.#arrange();
    this.#tick();
  }

  /** How long the caller waited, or waits still. */
  #tick() {
    const place = this.current && this.cardOf(this.current.id)?.querySelector("[data-waited]");
    if (!place) return;
    const { arrived_at: arrived, answered_at: answered } = this.current;
    place.textContent = duration((answered ? Date.parse(answered) : now()) - Date.parse(arrived));
  }

  /** Before a call is passed on: save its note. What could not be saved is returned, to go along with the call. */
  async saveNote(callId) {
    const card = this.cardOf(callId);
    if (!card || !isDirty(card)) return "";
    const form = card.querySelector("form.request");
    if (form.elements.namedItem("contact_id") || form.hasAttribute("data-lead")) await submitted(form);
    return isDirty(card) ? form.elements.namedItem("text").value : "";
  }

  /** Close the cards that need no more work. */
  clear() {
    for (const card of this.#all()) if (!isDirty(card) && card.dataset.call !== this.currentCall) card.remove();
    if (!this.#front()) this.#bringForward(this.#all().at(-1));
    else this.#arrange();
  }

  /** Go to the card `step` places further. */
  turn(step) {
    const all = this.#all();
    const at = all.findIndex((card) => !card.hidden);
    if (all.length > 1) this.#bringForward(all.at((at + step + all.length) % all.length));
  }

  /** Calls whose cards are open. */
  get calls() {
    return this.#all().map((card) => card.dataset.call);
  }

  async #close(card) {
    if (isDirty(card) && (await ask("discard-dialog")) !== "discard") return;
    drafts.forget(card.dataset.call);
    card.remove();
    if (!this.#front()) this.#bringForward(this.#all().at(-1));
    else this.#arrange();
  }

  #typed(field) {
    const card = field.closest("[data-call]");
    if (!card || !field.closest("form.request")) return;
    card.dataset.dirty = "true";
    this.#arrange();
  }

  #saved(target) {
    const card = target.closest("[data-call]");
    if (!card) return;
    card.dataset.dirty = "false";
    this.#arrange();
  }

  #bringForward(card) {
    for (const other of this.#all()) other.hidden = other !== card;
    this.#arrange();
  }

  #arrange() {
    const all = this.#all();
    this.empty.hidden = all.length > 0;
    this.tabs.hidden = all.length < 2;
    this.tabs.replaceChildren(...(all.length < 2 ? [] : all.map((card) => this.#tab(card))));
  }

  #tab(card) {
    const item = document.createElement("div");
    item.className = "card-tab";
    item.dataset.ringing = card.dataset.ringing ?? "false";
    item.classList.toggle("is-front", !card.hidden);
    const open = document.createElement("button");
    open.type = "button";
    open.className = "card-tab-open";
    open.setAttribute("aria-current", String(!card.hidden));
    open.textContent = card.dataset.title;
    if (isDirty(card)) {
      const mark = document.createElement("span");
      mark.className = "card-tab-mark";
      mark.textContent = _("not saved");
      open.append(mark);
    }
    open.onclick = () => this.#bringForward(card);
    item.append(open);
    if (card.dataset.call !== this.currentCall) {
      const close = document.createElement("button");
      close.type = "button";
      close.className = "btn-close";
      close.setAttribute("aria-label", _("Close %(name)s", { name: card.dataset.title }));
      close.onclick = () => this.#close(card);
      item.append(close);
    }
    return item;
  }

  #all() {
    return [...this.box.children];
  }

  /** The card of a call, if it is open. */
  cardOf(callId) {
    return this.#all().find((card) => card.dataset.call === callId);
  }

  #front() {
    return this.#all().find((card) => !card.hidden);
  }
}

/** What htmx does with content of its own, for content that came over the live stream. */
function activate(card) {
  htmx.process(card);
  htmx.trigger(card, "htmx:load");
}

/** Send the form as its button does: settles once the server has answered, or will not. */
function submitted(form) {
  const answered = new Promise((done) => form.addEventListener("htmx:afterRequest", done, { once: true }));
  form.requestSubmit();
  return Promise.race([answered, new Promise((done) => setTimeout(done, SAVING))]);
}

function showPassedBy(card, name) {
  const line = card.querySelector("[data-passed]");
  if (!line || !name) return;
  card.dataset.passedBy = name;
  line.textContent = _("Passed on by %(name)s", { name });
  line.hidden = false;
}

/** Whether the card came with words another operator had not saved. */
function unsaved(card) {
  return card.querySelector("[data-unsaved]") !== null;
}

function isDirty(card) {
  return card.dataset.dirty === "true";
}

function keepDraft(field) {
  const form = field.closest?.("form.request");
  if (form) drafts.keep(form.dataset.draft, drafts.fieldsOf(form));
}
