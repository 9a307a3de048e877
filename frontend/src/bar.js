// The state bar: what I am doing, for how long, who waits, and what to press.
import { duration, now } from "./clock.js";
import { hasAnswered, leadPhase, situation } from "./situation.js";
import { _ } from "./strings.js";

const WORDS = {
  offline: () => _("Offline"),
  ready: () => _("Ready"),
  preview: () => _("Look first"),
  connecting: () => _("Lead on the line"),
  ringing: () => _("Call coming in"),
  calling: () => _("Calling…"),
  asked: () => _("You are asked"),
  guest: () => _("Consultation"),
  talking: () => _("Talking"),
  held: () => _("On hold"),
  consulting: () => _("Consultation"),
  conference: () => _("Conference"),
  watching: () => _("Listening in"),
  "wrap-up": () => _("After the call"),
  paused: () => _("Pause"),
};
const PRIMARY = {
  offline: () => ["ready", _("Ready")],
  paused: () => ["ready", _("Ready")],
  preview: () => ["dial", _("Call")],
  connecting: () => ["hang-up", _("Hang up")],
  ringing: () => ["answer", _("Answer")],
  asked: () => ["answer", _("Answer")],
  calling: () => ["hang-up", _("Hang up")],
  talking: () => ["hang-up", _("Hang up")],
  held: () => ["hang-up", _("Hang up")],
  guest: () => ["hang-up", _("Leave")],
  conference: () => ["hang-up", _("Hang up")],
  watching: () => ["leave", _("Leave")],
  "wrap-up": () => ["ready", _("Finish and be ready")],
};
// After a campaign's call: what the button says tells whether anything is missing.
const AFTER_LEAD = {
  result: () => ["ready", _("Finish without a result")],
  done: () => ["next", _("Done, next")],
  unanswered: () => ["next", _("Next")],
};
const SETTLING = 600; // milliseconds a changed button ignores, lest a second click of "Answer" hang up

export class StateBar {
  constructor() {
    for (const id of ["bar", "agent-state", "agent-state-word", "agent-state-clock", "agent-state-icon", "bar-caller"])
      this[id] = document.getElementById(id);
    for (const id of ["bar-call", "bar-project", "bar-queue", "queue-waiting", "queue-longest", "primary-action", "bar-hint"])
      this[id] = document.getElementById(id);
    for (const id of ["bar-overrun", "extend-wrapup", "telephone-status"]) this[id] = document.getElementById(id);
    this.agent = undefined;
    this.changed = -Infinity;
    setInterval(() => this.#tick(), 250);
  }

  /** Show the operator's state as the server sent it, beside what the telephone says. */
  show(agent, telephone) {
    this.agent = agent;
    const now = situation(agent);
    this.bar.dataset.state = agent.state;
    this.bar.dataset.situation = now;
    this["agent-state-icon"].setAttribute("href", `/static/build/icons.svg#${now === "held" ? "paused" : agent.state}`);
    const word = WORDS[now]();
    const said = agent.reason && ["paused", "offline"].includes(agent.state) ? `${word}: ${agent.reason}` : word;
    this["agent-state-word"].textContent = said;
    this["agent-state-word"].title = said;
    this["bar-call"].hidden = !agent.call;
    if (agent.call) this["bar-caller"].textContent = callerOf(agent);
    this["bar-project"].textContent = agent.call?.project ?? "";
    this["bar-overrun"].hidden = !agent.overrun;
    this["queue-waiting"].textContent = agent.waiting;
    this["bar-queue"].classList.toggle("is-empty", !agent.waiting);
    this["extend-wrapup"].hidden = agent.state !== "wrap-up" || !agent.until;
    this.#showPrimary(agent, telephone);
    this.#showTelephone(telephone);
    for (const element of document.querySelectorAll("[data-when]"))
      element.hidden = !element.dataset.when.split(" ").includes(agent.state);
    this.#tick();
  }

  /** What the big button does now ("ready", "answer", "hang-up"…), or "" when there is nothing to press. */
  get action() {
    return this["primary-action"].hidden ? "" : this["primary-action"].dataset.action;
  }

  /** Whether the button has only just changed its meaning. */
  get settling() {
    return performance.now() < this.changed + SETTLING;
  }

  #showPrimary(agent, telephone) {
    const [action, label] = primaryOf(agent, telephone);
    const button = this["primary-action"];
    // A lead's card comes unasked for: a key meant for something else must not call him.
    const asked = button.dataset.action || action === "dial";
    if (asked && button.dataset.action !== action) this.changed = performance.now();
    button.dataset.action = action;
    button.hidden = !action;
    button.querySelector("span").textContent = label;
    const hint = !action && { ready: _("Waiting for a call"), ringing: _("Answer on your telephone") }[agent.state];
    this["bar-hint"].textContent = hint || "";
    const blocked = ["ready", "next"].includes(action) && telephone.state !== "ready" && telephone.state !== "desk-phone";
    button.setAttribute("aria-disabled", String(blocked));
  }

  #showTelephone(telephone) {
    const text = {
      connecting: _("Telephone is connecting…"),
      lost: _("Telephone not connected: %(reason)s", { reason: telephone.reason }),
    }[telephone.state];
    const line = this["telephone-status"];
    line.textContent = text ?? (telephone.elsewhere ? _("The telephone is in another tab") : "");
    line.classList.toggle("is-alarm", telephone.state === "lost");
  }

  #tick() {
    const agent = this.agent;
    if (!agent) return;
    const counting = ["wrap-up", "preview"].includes(agent.state) && agent.until;
    const shown = counting ? Date.parse(agent.until) - now() : now() - Date.parse(agent.since);
    setText(this["agent-state-clock"], duration(shown));
    const longest = agent.longest_waiting_since;
    setText(this["queue-longest"], longest ? duration(now() - Date.parse(longest)) : "0:00");
  }
}

function callerOf({ state, call: { caller } }) {
  return state === "preview" ? _("Next: %(caller)s", { caller }) : caller;
}

/** What the big button does, and says. */
function primaryOf(agent, telephone) {
  const now = situation(agent);
  if (now === "consulting")
    return hasAnswered(agent.call) ? ["complete", _("Hand over")] : ["return", _("Back to the caller")];
  const [action, label] = (AFTER_LEAD[leadPhase(agent)] ?? PRIMARY[now])?.() ?? ["", ""];
  return action === "answer" && telephone.state === "desk-phone" ? ["", ""] : [action, label];
}

/** Change a text only when it differs, so that assistive technology and the layout are left in peace. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
