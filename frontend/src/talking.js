// What an operator does with his call, by mouse and by keys. A command that makes no sense now does nothing.
import { placeCall, startDialling, typedNumber } from "./dial.js";
import { Keypad } from "./keypad.js";
import { ParkedCalls } from "./parked.js";
import { post } from "./requests.js";
import { settings } from "./settings.js";
import { consulted, hasAnswered, situation } from "./situation.js";
import { TalkStrip } from "./talk.js";
import { TransferDialog } from "./transfer.js";

const PASSABLE = ["talking", "held"];

export class Talking {
  /** `desk` gives `agent`, `cards`, `leadership` and `telephone`. */
  constructor(desk) {
    this.desk = desk;
    this.strip = new TalkStrip();
    this.keypad = new Keypad();
    this.parked = new ParkedCalls((callId) => this.takeUp(callId));
    this.finder = new TransferDialog((to, attended) => this.passOn(to, attended));
    startDialling((...number) => this.call(...number));
    const buttons = { hold: "hold", mute: "mute", park: "park", transfer: "transfer", "extend-wrapup": "more" };
    for (const [id, act] of Object.entries({ ...buttons, "recording-pause": "recording", "take-over": "takeOver" }))
      document.getElementById(id).addEventListener("click", () => this[act]());
    document.getElementById("keypad-open").addEventListener("click", () => this.keypad.toggle());
    document.getElementById("strip").addEventListener("click", ({ target }) => {
      const { consult, watch } = target.closest("[data-consult], [data-watch]")?.dataset ?? {};
      if (consult) this.consult(consult);
      if (watch) this.watch(watch);
    });
  }

  /** The operator's state, or his telephone's, is another. */
  show(agent) {
    this.strip.show(agent, this.muted);
    const now = situation(agent);
    if (!PASSABLE.includes(now)) this.finder.close();
    if (agent.state !== "talking") this.keypad.close();
  }

  get #now() {
    return this.desk.agent ? situation(this.desk.agent) : "";
  }

  /** The server tells of the operator's own line; a guest in another's call remembers what he pressed. */
  get muted() {
    const { agent, telephone } = this.desk;
    const there = agent?.role === "operator" ? agent.call?.muted : this.guestMuted === agent?.call?.id;
    return Boolean(agent?.call && (there || telephone.muted));
  }

  /** Hold and take back; in a consultation, talk with the other. */
  hold() {
    if (this.#now === "consulting") this.consult("swap");
    else if (PASSABLE.includes(this.#now)) post("/desk/hold", { on: this.desk.agent.call.held ? 0 : 1 });
  }

  /** Shut the microphone in the page at once, and in the exchange, which works with any telephone. */
  async mute() {
    if (this.desk.agent?.state !== "talking") return;
    const on = !this.muted;
    if (settings.telephone === "page") this.desk.leadership.command("setMuted", on);
    this.guestMuted = on ? this.desk.agent.call.id : undefined;
    await post("/desk/mute", { on: on ? 1 : 0 });
    this.show(this.desk.agent);
  }

  /** Look for whom to pass the call on to; in a consultation, bring all together. */
  transfer(text = "") {
    if (this.#now === "consulting") this.consult("conference");
    else if (PASSABLE.includes(this.#now)) this.finder.open(text);
  }

  async passOn(to, attended) {
    if (to === "park") return this.park();
    const { call } = this.desk.agent;
    const note = await this.desk.cards.saveNote(call.id);
    return post("/desk/transfer", { to, attended: attended ? 1 : 0, note });
  }

  async park() {
    if (!PASSABLE.includes(this.#now)) return;
    const note = await this.desk.cards.saveNote(this.desk.agent.call.id);
    await post("/desk/park", { note });
  }

  /** `how`: complete, return, conference or swap; only to return makes sense before the other has answered. */
  async consult(how) {
    const { call } = this.desk.agent;
    if (consulted(call) && !hasAnswered(call) && how !== "return") return;
    if (how === "complete") await this.desk.cards.saveNote(call.id);
    await post("/desk/consult", { how });
  }

  recording() {
    const { agent } = this.desk;
    if (agent?.state !== "talking" || agent.role !== "operator" || !agent.call.recording) return;
    const url = `/desk/calls/${encodeURIComponent(agent.call.id)}/recording`;
    post(url, { on: agent.call.recording_paused ? 1 : 0, by: "button" });
  }

  /** More time after the call; of a call one watches, take it over. */
  more() {
    if (this.#now === "wrap-up" && this.desk.agent.until) post("/desk/wrap-up/extend");
    else this.takeOver();
  }

  async takeUp(callId) {
    this.desk.leadership.command("expect", callId);
    const taken = await post(`/desk/calls/${encodeURIComponent(callId)}/retrieve`);
    if (!taken) this.desk.leadership.command("expect", undefined);
  }

  /** Call a number; in mid-call it becomes one to pass the call on to. */
  call(number, contact, project) {
    const { agent } = this.desk;
    if (!agent) return;
    if (PASSABLE.includes(this.#now)) this.finder.open(number);
    else placeCall(agent, number, contact, project);
  }

  async callTyped() {
    if (PASSABLE.includes(this.#now)) return this.finder.open();
    const number = await typedNumber();
    return number && this.call(number, "", "");
  }

  watch(mode) {
    const { agent } = this.desk;
    if (agent?.state === "watching" && agent.role !== mode) post("/board/watch", { call_id: agent.call.id, mode });
  }

  takeOver() {
    if (this.desk.agent?.state === "watching") post("/board/take-over");
  }

  leave() {
    if (this.desk.agent?.state === "watching") post("/board/stop-watching");
  }
}
