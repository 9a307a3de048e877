// The state bar: what I am doing, for how long, who waits, and what to press.
import { duration, now } from "./clock.js";
import { _ } from "./strings.js";

const WORDS = {
  offline: () => _("Offline"),
  ready: () => _("Ready"),
  ringing: () => _("Call coming in"),
  talking: () => _("Talking"),
  "wrap-up": () => _("After the call"),
  paused: () => _("Pause"),
};
const SETTLING = 600; // milliseconds a changed button ignores, lest a second click of "Answer" hang up

export class StateBar {
  constructor() {
    for (const id of ["bar", "agent-state", "agent-state-word", "agent-state-clock", "agent-state-icon", "bar-caller"])
      this[id] = document.getElementById(id);
    for (const id of ["bar-call", "bar-project", "bar-queue", "queue-waiting", "queue-longest", "primary-action", "bar-hint"])
      this[id] = document.getElementById(id);
    this.lines = { telephone: document.getElementById("telephone-status"), mute: document.getElementById("mute") };
    this.agent = undefined;
    this.changed = -Infinity;
    setInterval(() => this.#tick(), 250);
  }

  /** Show the operator's state as the server sent it, beside what the telephone says. */
  show(agent, telephone) {
    this.agent = agent;
    this.bar.dataset.state = agent.state;
    this["agent-state-icon"].setAttribute("href", `/static/build/icons.svg#${agent.state}`);
    const word = WORDS[agent.state]();
    const said = agent.reason && ["paused", "offline"].includes(agent.state) ? `${word}: ${agent.reason}` : word;
    this["agent-state-word"].textContent = said;
    this["agent-state-word"].title = said;
    this["bar-call"].hidden = !agent.call;
    if (agent.call) this["bar-caller"].textContent = agent.call.caller;
    this["bar-project"].textContent = agent.call?.project ?? "";
    this["queue-waiting"].textContent = agent.waiting;
    this["bar-queue"].classList.toggle("is-empty", !agent.waiting);
    this.#showPrimary(agent, telephone);
    this.#showTelephone(agent, telephone);
    for (const element of document.querySelectorAll("[data-when]"))
      element.hidden = !element.dataset.when.split(" ").includes(agent.state);
    this.#tick();
  }

  /** What the big button does now: "ready", "answer", "hang-up", or "" when there is nothing to press. */
  get action() {
    return this["primary-action"].hidden ? "" : this["primary-action"].dataset.action;
  }

  /** Whether the button has only just changed its meaning. */
  get settling() {
    return performance.now() < this.changed + SETTLING;
  }

  #showPrimary(agent, telephone) {
    const [action, label] = this.#primary(agent, telephone);
    const button = this["primary-action"];
    if (button.dataset.action && button.dataset.action !== action) this.changed = performance.now();
    button.dataset.action = action;
    button.hidden = !action;
    button.querySelector("span").textContent = label;
    const hint = !action && { ready: _("Waiting for a call"), ringing: _("Answer on your telephone") }[agent.state];
    this["bar-hint"].textContent = hint || "";
    const blocked = action === "ready" && telephone.state !== "ready" && telephone.state !== "desk-phone";
    button.setAttribute("aria-disabled", String(blocked));
  }

  #primary(agent, telephone) {
    switch (agent.state) {
      case "offline":
      case "paused":
        return ["ready", _("Ready")];
      case "ringing":
        return telephone.state === "desk-phone" ? ["", ""] : ["answer", _("Answer")];
      case "talking":
        return ["hang-up", _("Hang up")];
      case "wrap-up":
        return ["ready", _("Finish and be ready")];
      default:
        return ["", ""];
    }
  }

  #showTelephone(agent, telephone) {
    const text = {
      connecting: _("Telephone is connecting…"),
      lost: _("Telephone not connected: %(reason)s", { reason: telephone.reason }),
    }[telephone.state];
    this.lines.telephone.textContent = text ?? (telephone.elsewhere ? _("The telephone is in another tab") : "");
    this.lines.telephone.classList.toggle("is-alarm", telephone.state === "lost");
    this.lines.mute.hidden = agent.state !== "talking" || telephone.state === "desk-phone";
    this.lines.mute.setAttribute("aria-pressed", String(telephone.muted));
  }

  #tick() {
    const agent = this.agent;
    if (!agent) return;
    const counting = agent.state === "wrap-up" && agent.until;
    const shown = counting ? Date.parse(agent.until) - now() : now() - Date.parse(agent.since);
    setText(this["agent-state-clock"], duration(shown));
    const longest = agent.longest_waiting_since;
    setText(this["queue-longest"], longest ? duration(now() - Date.parse(longest)) : "0:00");
  }
}

/** Change a text only when it differs, so that assistive technology and the layout are left in peace. */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
