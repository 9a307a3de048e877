// The live board: pictures of the floor as the server pushes them, filtered and sorted here.
import { Actions } from "./board-actions.js";
import { AgentTiles } from "./board-agents.js";
import { CallList } from "./board-calls.js";
import { readAgents, readCalls, readPeople, readQueues } from "./board-data.js";
import { BoardFilter } from "./board-filter.js";
import { QueueTable } from "./board-queues.js";
import { movable } from "./board-words.js";
import { tickClocks } from "./board-clocks.js";
import { setServerTime } from "./clock.js";
import { setText } from "./keyed.js";
import { LiveStream } from "./live.js";
import { Roving } from "./roving.js";
import { _ } from "./strings.js";

class Board {
  constructor(root) {
    this.root = root;
    this.settings = JSON.parse(root.dataset.settings);
    this.people = new Map();
    this.ending = new AbortController();
    this.filter = new BoardFilter(root, () => this.#show());
    this.queues = new QueueTable(root.querySelector("#board-queues"));
    this.agents = new AgentTiles(root.querySelector("#board-agents"), (agent) => this.#about(agent));
    this.calls = new CallList(root, (call) => this.#describe(call), this.settings.supervises);
    this.actions = this.settings.supervises ? new Actions(JSON.parse(root.dataset.pauses)) : undefined;
    this.roving = ["#board-agents", "#board-waiting", "#board-talking"].map(
      (list) => new Roving(root.querySelector(list), "[data-roving]"),
    );
    root.addEventListener("click", (event) => this.#click(event));
    document.addEventListener("keydown", (event) => this.#key(event), { capture: true, signal: this.ending.signal });
    this.#follow();
    this.timer = setInterval(() => tickClocks(root), 1000);
  }

  close() {
    clearInterval(this.timer);
    this.ending.abort();
    this.live.close();
  }

  // --- what the server says -------------------------------------------------------------------------------

  #follow() {
    this.live = new LiveStream("/board/live");
    this.live.addEventListener("message", ({ detail }) => this.#receive(detail));
    for (const end of ["lost", "signed-out"]) this.live.addEventListener(end, () => this.#stale());
    this.live.connect();
  }

  #receive(message) {
    if (message.type === "people") this.people = readPeople(message.people);
    if (message.type !== "board") return;
    setServerTime(message.now);
    this.seen = Date.parse(message.now);
    this.picture = {
      queues: readQueues(message.board),
      agents: readAgents(message.board).map((agent) => ({ ...agent, name: this.#name(agent.id) })),
      calls: readCalls(message.board),
    };
    this.root.querySelector("#board-stale").hidden = true;
    this.root.classList.remove("is-stale");
    this.#show();
  }

  #stale() {
    if (!this.seen) return;
    const at = new Date(this.seen).toLocaleTimeString(document.documentElement.lang);
    setText(this.root.querySelector("#board-stale"), _("No connection: this is how it stood at %(time)s.", { time: at }));
    this.root.querySelector("#board-stale").hidden = false;
    this.root.classList.add("is-stale");
  }

  // --- what is shown --------------------------------------------------------------------------------------

  #show() {
    if (!this.picture) return;
    this.filter.offer(this.picture);
    const { queues, agents, calls } = this.filter.apply(this.picture, (call) => this.#name(call.agent));
    this.queues.show(queues);
    this.agents.show(agents, this.filter.sort);
    this.calls.show(calls);
    this.root.querySelector("#board-agents-empty").hidden = agents.length > 0;
    for (const list of this.roving) list.settle();
    tickClocks(this.root);
    this.root.dataset.shown = "true";
  }

  #modeOf(call) {
    return call.watchers.find(([person]) => person === this.settings.user)?.[1];
  }

  #name(id) {
    return id ? (this.people.get(id)?.name ?? `#${id}`) : "";
  }

  #about(agent) {
    if (agent.reason) return this.settings.reasons[agent.reason] ?? agent.reason;
    return this.picture.calls.find((call) => call.id === agent.callId)?.caller ?? "";
  }

  #describe(call) {
    const queue = this.picture.queues.find(({ id }) => id === call.project);
    return {
      project: queue?.number ?? "",
      projectName: queue ? `${queue.name} (${queue.number})` : "",
      within: queue?.within ?? 0,
      operator: this.#name(call.agent),
      watched: Boolean(this.#modeOf(call)),
    };
  }

  // --- what the supervisor does ---------------------------------------------------------------------------

  #click({ target }) {
    if (!this.actions || this.root.classList.contains("is-stale")) return;
    const button = target.closest("button");
    if (!button) return;
    const call = this.#callOf(button);
    if (button.dataset.act === "listen") this.actions.watch(call, "listen");
    else if (button.dataset.act === "move") this.actions.move(call);
    else if (button.dataset.roving === "agent") this.#openAgent(button);
    else if (button.dataset.roving === "call") this.#openCall(button, call);
  }

  #openAgent(button) {
    const agent = this.picture.agents.find(({ id }) => id === Number(button.dataset.agent));
    const call = this.picture.calls.find(({ id }) => id === agent?.callId);
    if (agent) this.actions.agentMenu(button, agent, call);
  }

  #openCall(button, call) {
    if (!call) return;
    if (button.closest("#board-waiting")) this.actions.waitingMenu(button, call);
    else this.actions.callMenu(button, call);
  }

  #callOf(element) {
    const id = element.closest("[data-living]")?.dataset.living;
    return this.picture?.calls.find((call) => call.id === id);
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest?.("input, textarea, select")) return;
    if (event.code === "Slash" && !event.shiftKey) this.root.querySelector("#board-search").focus();
    else if (!this.actions || !this.#actByKey(event)) return;
    event.preventDefault();
    event.stopPropagation(); // the letter means something else on the desk
  }

  #actByKey({ code, target }) {
    const agent = this.picture?.agents.find(({ id }) => id === Number(target.dataset?.agent));
    const call = agent ? this.picture.calls.find(({ id }) => id === agent.callId) : this.#callOf(target);
    if (!call) return undefined;
    const mode = { KeyL: "listen", KeyW: "whisper", KeyB: "barge" }[code];
    if (mode && call.state === "talking") return this.actions.watch(call, mode);
    if (code === "KeyM" && movable(call)) return this.actions.move(call);
    return undefined;
  }
}

/** Run a board whenever one is in the view, and its stream for no longer than that. */
export function startBoard() {
  const view = document.getElementById("view");
  let board;
  const look = () => {
    const root = view.hidden ? null : view.querySelector("#board");
    if ((board?.root ?? null) === root) return;
    board?.close();
    board = root ? new Board(root) : undefined;
  };
  new MutationObserver(look).observe(view, { childList: true, attributes: true, attributeFilter: ["hidden"] });
  look();
}
