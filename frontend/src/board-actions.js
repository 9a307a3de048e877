// What a supervisor can do about a call or an operator: menus, questions, and the requests they become.
import { DestinationList } from "./destinations.js";
import { ask } from "./dialogs.js";
import { setText } from "./keyed.js";
import { PopupMenu } from "./popup-menu.js";
import { post } from "./requests.js";
import { movable, stateWord } from "./board-words.js";
import { _ } from "./strings.js";

export class Actions {
  /** `pauses` are the names of the list of pauses. */
  constructor(pauses) {
    this.pauses = pauses;
    this.menu = new PopupMenu(document.getElementById("board-menu"));
    this.dialog = document.getElementById("board-move");
    const [field, list] = ["board-move-search", "board-move-found"].map((id) => document.getElementById(id));
    this.destinations = new DestinationList(field, list);
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault(); // lest it press the button that gets the focus back
      this.#chosen();
    });
    list.addEventListener("dblclick", () => this.#chosen());
    document.getElementById("board-move-go").onclick = () => this.#chosen();
    for (const button of this.dialog.querySelectorAll("button[data-to]"))
      button.onclick = () => this.dialog.close(button.dataset.to);
  }

  // --- calls ----------------------------------------------------------------------------------------------

  watch(call, mode) {
    return post("/board/watch", { call_id: call.id, mode });
  }

  /** Ask where to, and send the waiting caller there. */
  async move(call) {
    setText(document.getElementById("board-move-who"), call.caller || _("Number withheld"));
    const answer = ask("board-move");
    this.destinations.start();
    const destination = await answer;
    if (destination) await post("/board/move", { call_id: call.id, destination });
  }

  async end(call) {
    setText(document.getElementById("board-end-who"), call.caller || _("Number withheld"));
    if ((await ask("board-end")) === "end") await post("/board/end", { call_id: call.id });
  }

  callMenu(anchor, call) {
    this.menu.open(anchor, [...this.#ofCall(call), { text: _("End the call…"), act: () => this.end(call) }, page(call)]);
  }

  waitingMenu(anchor, call) {
    const move = movable(call) ? [{ text: _("Move…"), hint: "M", act: () => this.move(call) }] : [];
    this.menu.open(anchor, [...move, { text: _("End the call…"), act: () => this.end(call) }, page(call)]);
  }

  // --- operators ------------------------------------------------------------------------------------------

  /** `call` is the one he has, if he has one. */
  agentMenu(anchor, agent, call) {
    const calls = call ? [...this.#ofCall(call), page(call), null] : [];
    const inCall = ["ringing", "talking"].includes(agent.state);
    const set = (state, reason = "") => () => post("/board/state", { agent_id: agent.id, state, reason });
    this.menu.open(anchor, [
      ...calls,
      { heading: inCall ? _("After the call:") : `${agent.name}: ${stateWord(agent.state)}` },
      ...(["paused", "wrap-up"].includes(agent.state) ? [{ text: _("Ready"), act: set("ready") }] : []),
      ...this.pauses.map((reason) => ({ text: _("Pause: %(reason)s", { reason }), act: set("paused", reason) })),
      { text: _("Offline"), act: set("offline") },
    ]);
  }

  #ofCall(call) {
    if (call.state !== "talking") return [];
    return [
      { text: _("Listen"), hint: "L", act: () => this.watch(call, "listen") },
      { text: _("Whisper"), hint: "W", act: () => this.watch(call, "whisper") },
      { text: _("Join in"), hint: "B", act: () => this.watch(call, "barge") },
    ];
  }

  /** A waiting caller cannot be parked: nobody has him yet. */
  async #chosen() {
    const to = await this.destinations.chosenOne();
    if (to && to !== "park") this.dialog.close(to);
  }
}

const page = (call) => ({ text: _("Open the call's page"), href: `/calls/${encodeURIComponent(call.id)}` });
