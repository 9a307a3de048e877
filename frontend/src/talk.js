// The strip below the bar: everything that can be done with the call at hand, and with whom one talks.
import { setText } from "./bar.js";
import { duration, now } from "./clock.js";
import { asksToTalk, consulted, situation } from "./situation.js";
import { _ } from "./strings.js";

const SHOWN = {
  // The buttons a situation offers; a group that is only switched off keeps its place, so that nothing jumps.
  ringing: ["talk", "voice"],
  asked: ["voice"],
  calling: ["talk", "voice"],
  talking: ["talk", "voice"],
  held: ["talk", "voice"],
  consulting: ["consult", "voice"],
  conference: ["consult", "voice"],
  watching: ["watch"],
  "wrap-up": ["talk", "voice"],
};
const LIVE = ["talking", "held", "consulting", "conference"];
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
    if (this.strip.hidden) return;
    this.#holdsSince(call);
    for (const group of this.groups) group.hidden = !SHOWN[now].includes(group.id.replace("-actions", ""));
    const live = LIVE.includes(now);
    for (const button of this.strip.querySelectorAll("#talk-actions button, #voice-actions button"))
      button.disabled = !live;
    press(this.hold, call.held, call.held ? _("Take back") : _("Hold"));
    press(this.mute, muted, muted ? _("Microphone off") : _("Mute"));
    this["recording-pause"].hidden = live && !call.recording;
    const paused = call.recording_paused;
    press(this["recording-pause"], paused, paused ? _("Recording paused") : _("Pause recording"));
    this.park.disabled ||= agent.role === "consulted";
    this.#showConsult(call, now);
    for (const button of this.strip.querySelectorAll("[data-watch]")) press(button, button.dataset.watch === agent.role);
    this.#tick();
  }

  #showConsult(call, now) {
    const there = consulted(call);
    const find = (how) => this.strip.querySelector(`[data-consult="${how}"]`);
    for (const how of ["swap", "conference"]) find(how).hidden = now === "conference";
    for (const how of ["complete", "swap", "conference"]) find(how).disabled = Boolean(there) && !there.talking;
    find("complete").querySelector("span").textContent = now === "conference" ? _("Leave them alone") : _("Hand over");
    const name = call.parties[0]?.name ?? "";
    document.getElementById("consult-return").textContent =
      now === "conference" ? _("Let %(name)s go", { name }) : _("Back to the caller");
  }

  /** The server does not say since when; a page opened in mid-hold counts from then. */
  #holdsSince(call) {
    if (this.heldCall !== `${call.id} ${call.held}`) this.heldSince = now();
    this.heldCall = `${call.id} ${call.held}`;
  }

  #tick() {
    if (this.strip.hidden || !this.agent?.call) return;
    setText(this["strip-text"], this.#text(this.agent, duration(now() - this.heldSince)));
  }

  #text(agent, time) {
    const { call, role } = agent;
    if (agent.state === "watching") return WATCHING[role]?.({ operator: call.operator, caller: call.caller }) ?? "";
    const guests = call.parties.filter((party) => party.role === "watching");
    const joined = guests.map(({ name }) => _("%(name)s, your supervisor, has joined in.", { name }));
    return [this.#main(agent, time), ...joined].filter(Boolean).join(" ");
  }

  #main({ call, role, state }, time) {
    const now = situation({ call, role, state });
    const there = consulted(call);
    if (role === "consulted") return _("%(name)s asks you about this caller, who waits.", { name: call.operator });
    if (now === "consulting") {
      const names = { name: there.name, time };
      if (!there.talking) return _("Calling %(name)s… The caller is on hold %(time)s.", names);
      if (call.held) return _("You talk with %(name)s. The caller is on hold %(time)s.", names);
      return _("You talk with the caller. %(name)s is on hold %(time)s.", names);
    }
    if (now === "conference") {
      const names = call.parties.filter((party) => party.role === "conference").map((party) => party.name);
      return _("Conference: the caller, %(names)s and you.", { names: names.join(", ") });
    }
    if (now === "held") return _("The caller hears music %(time)s.", { time });
    if (now === "calling") return asksToTalk({ call, state }) ? _("Your telephone first, then the number.") : _("The number is being called.");
    return call.passed_by && state !== "wrap-up" ? _("Passed on by %(name)s.", { name: call.passed_by }) : "";
  }
}

function press(button, on, text) {
  button.setAttribute("aria-pressed", String(on));
  if (text) setText(button.querySelector("span"), text);
}
