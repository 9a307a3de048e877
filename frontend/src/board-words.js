// What the board says, in the reader's language.
import { _ } from "./strings.js";

export const STATES = ["ringing", "preview", "talking", "wrap-up", "ready", "watching", "paused"];

/** Whether a supervisor may send the caller elsewhere. */
export const movable = (call) => ["waiting", "listening", "parked"].includes(call.state);

export const stateWord = (state) =>
  ({
    ready: _("Ready"),
    preview: _("Looks at a lead"),
    ringing: _("Call coming in"),
    talking: _("Talking"),
    "wrap-up": _("After the call"),
    paused: _("Pause"),
    watching: _("Listening in"),
    offline: _("Offline"),
  })[state] ?? state;

/** Over a number of operators. */
export const crowdWord = (state) => ({ ready: _("Free"), paused: _("On a pause") })[state] ?? stateWord(state);

export const callWord = (state) =>
  ({
    arriving: _("Arriving"),
    listening: _("Listening to announcements"),
    waiting: _("Waiting"),
    ringing: _("Ringing"),
    talking: _("Talking"),
    parked: _("Parked"),
  })[state] ?? state;

/** "81.8 %" as the language writes it; a dash where there is nothing to divide by. */
export function percent(rate) {
  return rate < 0 ? "—" : `${rate.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })} %`;
}
