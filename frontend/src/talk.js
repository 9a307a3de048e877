// The strip below the bar: everything that can be done with the call at hand, and with whom one talks.
import { setText } from "./bar.js";
import { duration, now } from "./clock.js";
import { consulted, hasAnswered, situation } from "./situation.js";
import { _ } from "./strings.js";

const SHOWN = {
  // The buttons a situation offers; a group that is only switched off keeps its place, so that nothing jumps.
  ringing: ["talk", "voice"],
  asked: ["voice"],
  calling: ["talk", "voice"],
  connecting: ["talk", "voice"],
  talking: ["talk", "voice"],
  held: ["talk", "voice"],
  guest: ["voice"],
  consulting: ["consult", "voice"],
  conference: ["consult", "voice"],
  watching: ["watch"],
  "wrap-up": ["talk", "voice"],
};
const LIVE = ["talking", "held", "consulting", "conference"]; // the call is his to do with as he likes
const AFTER = {
  paused: () => _("A pause begins after this call."),
  offline: () => _("You go off shift after this call."),
};
const WATCHING = {
  listen: (names) => _("You listen to %(operator)s with %(caller)s. Nobody hears you.", names),
  whisper: (names) => _("%(operator)s hears you, %(caller)s does not.", names),
  barge: (names) => _("You talk with %(operator)s and %(caller)s.", names),
};

export class TalkStrip {
  constructor() {
    for (const id of ["strip", "strip-text", "hold", "mute", "park", "transfer", "recording-pause", "keypad-open"])
      this[id] = document.getElementById(id);
    this.groups = [...document.querySelectorAll(".strip-group")];
    setInterval(() => this.#tick(), 500);
  }

  /** Show what can be done now. `muted`: the microphone is shut, in the exchange or in the page. */
  show(agent, muted) {
    this.agent = agent;
    const { call } = agent;
    const now = situation(agent);
    this.strip.hidden = !call || !SHOWN[now];
    this.strip.dataset.situation = now;
    if (this.strip.hidden) return;
    this.#holdsSince(call);
    for (const group of this.groups) group.hidden = !SHOWN[now].includes(group.id.replace("-actions", ""));
    const live = LIVE.includes(now);
    for (const button of this.strip.querySelectorAll("#talk-actions button, #voice-actions button"))
      button.disabled = !live;
    this.mute.disabled = agent.state !== "talking";
    const held = live && call.held;
    // Its name says what it does now: a state beside that, "take back: pressed", would say the opposite.
    this.hold.classList.toggle("is-on", held);
    setText(this.hold.querySelector("span"), held ? _("Take back") : _("Hold"));
    press(this.mute, muted);
    this["recording-pause"].hidden = now === "guest" || (live && !call.recording);
    const paused = live && call.recording_paused;
    press(this["recording-pause"], paused, paused ? _("Recording paused") : _("Pause recording"));
    this.#showConsult(call, now);
    for (const button of this.strip.querySelectorAll("[data-watch]")) press(button, button.dataset.watch === agent.role);
    this.#tick();
  }

  /** Of a consultation the big button offers one way on, and this the others. */
  #showConsult(call, now) {
    const conference = now === "conference";
    const answered = hasAnswered(call);
    const offered = { complete: conference, swap: answered, conference: answered, return: conference || answered };
    for (const [how, offer] of Object.entries(offered))
      this.strip.querySelector(`[data-consult="${how}"]`).hidden = !offer;
    const name = call.parties[0]?.name ?? "";
    setText(
      document.getElementById("consult-return"),
      conference ? _("Let %(name)s go", { name }) : _("Back to the caller"),
    );
  }

  /** The server does not say since when; a page opened in mid-hold counts from then. */
  #holdsSince(call) {
    const held = `${call.id} ${call.held}`;
    if (this.held !== held) this.heldSince = now();
    this.held = held;
  }

  #tick() {
    if (this.strip.hidden || !this.agent?.call) return;
    setText(this["strip-text"], this.#text(this.agent, duration(now() - this.heldSince)));
  }

  #text(agent, time) {
    const { call, role, state } = agent;
    if (state === "watching") return WATCHING[role]?.({ operator: call.operator, caller: call.caller }) ?? "";
    if (state === "wrap-up") return AFTER[agent.after_call]?.() ?? "";
    const guests = call.parties.filter((party) => party.role === "watching");
    const joined = guests.map(({ name }) => _("%(name)s, your supervisor, has joined in.", { name }));
    return [this.#talk(agent, time), ...joined, AFTER[agent.after_call]?.()].filter(Boolean).join(" ");
  }

  /** With whom one talks, and who waits meanwhile. */
  #talk(agent, time) {
    const { call, role } = agent;
    const together = call.parties.filter((party) => party.role === "conference").map((party) => party.name);
    switch (situation(agent)) {
      case "consulting":
        return consultation(call, time);
      case "conference":
        return _("Conference: the caller, %(names)s and you.", { names: together.join(", ") });
      case "asked":
      case "guest":
        if (role === "consulted") return _("%(name)s asks you about this caller, who waits.", { name: call.operator });
        return _("Conference: the caller, %(names)s and you.", { names: [call.operator, ...together].join(", ") });
      case "held":
        return _("The caller hears music: %(time)s.", { time });
      case "calling":
        return agent.state === "ringing" ? _("Your telephone first, then the number.") : _("The number is being called.");
      default:
        return call.passed_by ? _("Passed on by %(name)s", { name: call.passed_by }) : "";
    }
  }
}

function consultation(call, time) {
  const there = consulted(call);
  const names = { name: there.name, time };
  if (!hasAnswered(call)) return _("Calling: %(name)s… The caller is on hold %(time)s.", names);
  if (call.held) return _("Talking with: %(name)s. The caller is on hold %(time)s.", names);
  return _("Talking with the caller. On hold: %(name)s %(time)s.", names);
}

function press(button, on, text) {
  button.setAttribute("aria-pressed", String(on));
  if (text) setText(button.querySelector("span"), text);
}
