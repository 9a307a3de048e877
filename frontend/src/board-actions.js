// What a supervisor can do about a call or an operator: menus, questions, and the requests they become.
import { ask } from "./dialogs.js";
import { setText } from "./keyed.js";
import { PopupMenu } from "./popup-menu.js";
import { post } from "./requests.js";
import { stateWord } from "./board-words.js";
import { _ } from "./strings.js";

export class Actions {
  constructor(root) {
    this.menu = new PopupMenu(root.querySelector("#board-menu"));
    this.pauses = JSON.parse(root.dataset.pauses);
    this.found = root.querySelector("#board-move-found");
    this.search = root.querySelector("#board-move-search");
    this.found.addEventListener("click", ({ target }) => this.#choose(target.closest("[data-to]")));
    this.search.addEventListener("keydown", (event) => this.#browse(event));
    root.querySelector("#board-move-found").addEventListener("htmx:afterSwap", () => this.#tidy());
  }

  // --- calls ----------------------------------------------------------------------------------------------

  watch(call, mode) {
    return post("/board/watch", { call_id: call.id, mode });
  }

  stopWatching() {
    return post("/board/stop-watching");
  }

  takeOver() {
    return post("/board/take-over");
  }

  /** Ask where to, and send the waiting caller there. */
  async move(call) {
    setText(document.getElementById("board-move-who"), call.caller || _("Number withheld"));
    this.search.value = "";
    this.search.dispatchEvent(new Event("refresh"));
    const destination = await ask("board-move");
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
    const move = call.state === "waiting" ? [{ text: _("Move…"), hint: "M", act: () => this.move(call) }] : [];
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
      { heading: inCall ? _("After the call make him:") : `${agent.name}: ${stateWord(agent.state)}` },
      ...(["paused", "wrap-up"].includes(agent.state) ? [{ text: _("Ready"), act: set("ready") }] : []),
      ...this.pauses.map((reason) => ({ text: _("Pause: %(reason)s", { reason }), act: set("paused", reason) })),
      { text: _("Offline"), act: set("offline") },
    ]);
  }

  #ofCall(call) {
    if (call.state !== "talking") return [];
    return [
      { text: _("Listen"), hint: "L", act: () => this.watch(call, "listen") },
      { text: _("Whisper to the operator"), hint: "W", act: () => this.watch(call, "whisper") },
      { text: _("Barge in"), hint: "B", act: () => this.watch(call, "barge") },
    ];
  }

  // --- where to -------------------------------------------------------------------------------------------

  /** A waiting caller cannot be parked: nobody has him yet. */
  #tidy() {
    this.found.querySelector('[data-to="park"]')?.remove();
    this.found.querySelector("[data-to]")?.setAttribute("aria-selected", "true");
  }

  #browse(event) {
    const options = [...this.found.querySelectorAll("[data-to]")];
    const chosen = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && options.length) {
      options[chosen]?.setAttribute("aria-selected", "false");
      const next = options[(chosen + step + options.length) % options.length];
      next.setAttribute("aria-selected", "true");
      next.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") this.#choose(options[chosen]);
    else return;
    event.preventDefault();
  }

  #choose(option) {
    if (option) document.getElementById("board-move").close(option.dataset.to);
  }
}

const page = (call) => ({ text: _("Open the call's page"), href: `/calls/${encodeURIComponent(call.id)}` });
