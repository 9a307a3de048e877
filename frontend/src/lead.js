// A campaign's lead: called or skipped when the operator has looked at the card, and what came of it, by one key.
import { duration, now } from "./clock.js";
import { setText } from "./keyed.js";
import { isTyping } from "./keyboard.js";
import { chime } from "./lead-tone.js";
import { post, showError } from "./requests.js";
import { isConnected, leadPhase } from "./situation.js";
import { _ } from "./strings.js";
import { toast } from "./toasts.js";

const STEPS = ["dial", "next"]; // what the big button may do that Enter does too

export class LeadDesk extends EventTarget {
  /** `desk` gives `agent`, `cards`, `bar`, `leadership` and `primary`. Event "silent": the page may not sound. */
  constructor(desk) {
    super();
    this.desk = desk;
    document.addEventListener("click", ({ target }) => this.#clicked(target));
    document.addEventListener("submit", (event) => this.#submitted(event));
    document.addEventListener("keydown", (event) => this.#key(event));
    setInterval(() => this.#tick(), 500);
  }

  /** The operator's state is `agent`, after `before`. */
  show(agent, before) {
    this.mark();
    if (before && isConnected(agent) && !(isConnected(before) && before.call.id === agent.call.id)) this.#sound();
    if (before && leadPhase(before) === "result" && before.call.id !== agent.call?.id) remind(before.call);
    this.#tick();
  }

  /** Have each card show what can be pressed now; told again when a card comes after the state it belongs to. */
  mark() {
    const { agent } = this.desk;
    for (const card of document.querySelectorAll("#cards [data-call]"))
      card.dataset.leadPhase = card.dataset.call === agent?.call?.id ? leadPhase(agent) : "over";
  }

  async dial() {
    await post("/desk/lead/dial", { call_id: this.desk.agent.call.id });
  }

  async #sound() {
    if (this.desk.leadership.leading && !(await chime())) this.dispatchEvent(new Event("silent"));
  }

  /** How long until the lead is called without anybody having pressed. */
  #tick() {
    const { agent } = this.desk;
    const place = agent?.state === "preview" && this.desk.cards.cardOf(agent.call?.id)?.querySelector("[data-lead-until]");
    if (!place) return;
    const time = duration(Date.parse(agent.until) - now());
    setText(place, agent.until ? _("Called by itself in %(time)s", { time }) : "");
  }

  // --- what he presses ------------------------------------------------------------------------------------

  #clicked(target) {
    const button = target.closest("button");
    const lead = button?.closest("[data-lead]");
    if (!lead) return;
    const { leadDial, leadOpen, leadBack, leadSkip, result } = button.dataset;
    if (leadDial !== undefined) this.dial();
    else if (leadOpen) open(lead, leadOpen);
    else if (leadBack !== undefined) back(lead);
    else if (leadSkip) this.#skip(lead, leadSkip);
    else if (result) send(lead, { disposition_id: result });
  }

  #submitted(event) {
    const form = event.target;
    if (!form.matches("[data-lead-form]")) return;
    event.preventDefault();
    const lead = form.closest("[data-lead]");
    const values = Object.fromEntries(new FormData(form));
    if (form.dataset.leadForm === "skip") this.#skip(lead, values.reason, form);
    else send(lead, values, form);
  }

  #skip(lead, reason, form) {
    return act("/desk/lead/skip", lead, { reason }, form);
  }

  #key(event) {
    const { code, ctrlKey, metaKey, altKey, shiftKey, repeat, target } = event;
    if (event.defaultPrevented || ctrlKey || metaKey || altKey || shiftKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    const opened = code === "Escape" && [...document.querySelectorAll("[data-lead-panel]")].find(isShown);
    if (opened) back(opened.closest("[data-lead]"));
    else if (repeat || isTyping(target) || !this.#acts(code, target)) return;
    event.preventDefault();
  }

  /** Whether the key did something. */
  #acts(code, target) {
    const key = /^(?:Digit|Numpad)([1-9])$/.exec(code)?.[1] ?? { KeyS: "S" }[code];
    const button = key && buttonOf(key, target);
    if (button) button.click();
    else if (/Enter$/.test(code) && this.#steps() && !target.closest("a, button, summary")) this.desk.primary();
    else return false;
    return true;
  }

  /** Whether Enter may go on: only with the lead before his eyes. */
  #steps() {
    const { agent, bar, cards } = this.desk;
    const card = STEPS.includes(bar.action) && cards.cardOf(agent?.call?.id);
    return Boolean(card) && isShown(card);
  }
}

/** The button this key is of where the cursor stands; elsewhere only if one lead alone on the page can be meant. */
function buttonOf(key, target) {
  const shown = (lead) => [...lead.querySelectorAll(`button[data-key="${key}"]`)].find(isShown);
  const here = target.closest("[data-lead]") ?? target.closest("li")?.querySelector("[data-lead]");
  if (here) return shown(here);
  const leads = [...document.querySelectorAll("[data-lead]")].filter(shown);
  return leads.length === 1 ? shown(leads[0]) : undefined;
}

const isShown = (element) => element.checkVisibility({ checkVisibilityCSS: true });

/** In the place of the keys: what has to be said yet, with the cursor in its first field. */
function open(lead, name) {
  back(lead);
  const panel = lead.querySelector(`[data-lead-panel="${CSS.escape(name)}"]`);
  if (!panel) return; // the result was withdrawn while another's panel was open
  panel.hidden = false;
  panel.parentElement.querySelector("[data-lead-keys]").hidden = true;
  panel.querySelector("[data-lead-first]").focus();
}

function back(lead) {
  for (const panel of lead.querySelectorAll("[data-lead-panel]")) panel.hidden = true;
  for (const keys of lead.querySelectorAll("[data-lead-keys]")) keys.hidden = false;
  lead.dispatchEvent(new CustomEvent("panel-closed", { bubbles: true }));
  lead.focus({ preventScroll: true });
}

/** Choose a result; the card is told of it over the live stream, a list by what it asks for again. */
async function send(lead, values, form) {
  if (!(await act("/desk/lead/result", lead, values, form))) return;
  back(lead);
  lead.dispatchEvent(new CustomEvent("result-chosen", { bubbles: true }));
}

async function act(url, lead, values, form) {
  return post(url, { call_id: lead.dataset.lead, ...values }, (error) => showError(error, form));
}

function remind({ caller }) {
  toast(_("The call with %(caller)s has no result.", { caller }), _("It waits in My day; give the result there."));
}
