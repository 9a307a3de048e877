// What of the board is shown: projects, a state, a search and an order. Kept in the address and for the next time.
import { element, icon, keep, setText } from "./keyed.js";
import { STATES, crowdWord } from "./board-words.js";
import { _ } from "./strings.js";

const REMEMBERED = "telemarket-board";

export class BoardFilter {
  constructor(root, changed) {
    this.changed = changed;
    this.projectMenu = root.querySelector("#board-projects");
    this.projectWord = root.querySelector("#board-projects-word");
    this.states = root.querySelector("#board-states");
    this.sorter = root.querySelector("#board-sort");
    this.searcher = root.querySelector("#board-search");
    this.wall = root.querySelector("#board-wall-link");
    this.#recall();
    this.projectMenu.addEventListener("change", ({ target }) => this.#toggle(this.projects, target.value));
    this.states.addEventListener("click", ({ target }) => {
      const state = target.closest("[data-state]")?.dataset.state;
      if (state) this.#toggle(this.chosenStates, state);
    });
    this.sorter.addEventListener("change", () => this.#note());
    this.searcher.addEventListener("input", () => this.changed());
    this.searcher.addEventListener("keydown", ({ key }) => {
      if (key !== "Escape") return;
      this.searcher.value = "";
      this.searcher.blur();
      this.changed();
    });
  }

  get sort() {
    return this.sorter.value;
  }

  /** Have the menu offer the projects there are, and count operators by state. */
  offer({ queues, agents }) {
    const known = new Set(queues.map((queue) => queue.number));
    for (const number of this.projects) if (!known.has(number)) this.projects.delete(number);
    keep(this.projectMenu, queues, { key: (queue) => queue.number, create: choice, update: this.#fillChoice });
    const chosen = queues.filter((queue) => this.projects.has(queue.number));
    setText(
      this.projectWord,
      chosen.length === 0
        ? _("All projects")
        : chosen.length === 1
          ? `${chosen[0].name} (${chosen[0].number})`
          : chosen.map((queue) => queue.number).join(", "),
    );
    const shown = this.#ofProjects(agents, queues);
    const count = (state) => shown.filter((agent) => agent.state === state).length;
    keep(this.states, STATES, { key: (state) => state, create: chip, update: (item, state) => this.#fillChip(item, state, count(state)) });
    this.wall.href = `/board/wall${chosen.length ? `?${this.#query(false)}` : ""}`;
  }

  /** What of the picture passes; `operatorOf(call)` names the operator, so that a search finds his calls too. */
  apply({ queues, agents, calls }, operatorOf) {
    const words = this.searcher.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    const found = (text) => words.every((word) => text.toLocaleLowerCase().includes(word));
    const served = new Set(queues.filter((queue) => this.#passes(queue)).map((queue) => queue.id));
    return {
      queues: queues.filter((queue) => served.has(queue.id)),
      agents: this.#ofProjects(agents, queues).filter(
        (agent) => (!this.chosenStates.size || this.chosenStates.has(agent.state)) && found(agent.name),
      ),
      calls: calls.filter((call) => (!this.projects.size || served.has(call.project)) && found(`${call.caller} ${operatorOf(call)}`)),
    };
  }

  #passes(queue) {
    return !this.projects.size || this.projects.has(queue.number);
  }

  #ofProjects(agents, queues) {
    if (!this.projects.size) return agents;
    const served = new Set(queues.filter((queue) => this.#passes(queue)).map((queue) => queue.id));
    return agents.filter((agent) => agent.projects.some((project) => served.has(project)));
  }

  #fillChoice = (item, queue) => {
    const [box, name] = item.children;
    box.value = queue.number;
    box.checked = this.projects.has(queue.number);
    setText(name, `${queue.name} (${queue.number})`);
  };

  #fillChip(item, state, count) {
    const [, word, number] = item.children;
    setText(word, crowdWord(state));
    setText(number, count);
    item.setAttribute("aria-pressed", String(this.chosenStates.has(state)));
    item.hidden = count === 0 && !this.chosenStates.has(state) && state === "watching";
  }

  #toggle(set, value) {
    if (!set.delete(value)) set.add(value);
    this.#note();
  }

  #recall() {
    let query = new URLSearchParams(location.search);
    if (!location.search) query = new URLSearchParams(localStorage.getItem(REMEMBERED) ?? "");
    this.projects = new Set(query.getAll("project"));
    this.chosenStates = new Set(query.getAll("state").filter((state) => STATES.includes(state)));
    this.sorter.value = query.get("sort") ?? "state";
    if (!this.sorter.value) this.sorter.value = "state";
    this.#address();
  }

  #note() {
    localStorage.setItem(REMEMBERED, this.#query());
    this.#address();
    this.changed();
  }

  #address() {
    const query = this.#query();
    history.replaceState(history.state, "", `/board${query ? `?${query}` : ""}`);
  }

  #query(whole = true) {
    const query = new URLSearchParams([...this.projects].map((number) => ["project", number]));
    if (whole) for (const state of this.chosenStates) query.append("state", state);
    if (whole && this.sort !== "state") query.set("sort", this.sort);
    return String(query);
  }
}

function choice() {
  const box = element("input", "form-check-input");
  box.type = "checkbox";
  return element("label", "check", box, element("span"));
}

function chip(state) {
  const made = element("button", "state-chip", icon(state), element("span"), element("strong", "number"));
  made.type = "button";
  made.dataset.state = state;
  return made;
}
