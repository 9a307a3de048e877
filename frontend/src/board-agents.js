// Operators as tiles: sign and colour of the state, name, what about, how long.
import { element, icon, keep, setIcon, setText } from "./keyed.js";
import { STATES, stateWord } from "./board-words.js";
import { _ } from "./strings.js";

const ORDERS = {
  state: (one, other) => STATES.indexOf(one.state) - STATES.indexOf(other.state) || one.since - other.since,
  time: (one, other) => one.since - other.since,
  name: () => 0,
};

export class AgentTiles {
  /** `detail(agent)` says what about: the caller, the reason of the pause. */
  constructor(list, detail) {
    this.list = list;
    this.detail = detail;
    this.order = [];
  }

  show(agents, sort) {
    const byName = (one, other) => one.name.localeCompare(other.name);
    const sorted = [...agents].sort((one, other) => ORDERS[sort](one, other) || byName(one, other));
    keep(this.list, this.#held(sorted), {
      key: (agent) => agent.id,
      create: tile,
      update: (item, agent) => fill(item.firstElementChild, agent, this.detail(agent)),
    });
  }

  /** Nothing moves away from under a pointer or a focus: until they leave, everybody keeps his place. */
  #held(sorted) {
    if (this.list.matches(":hover, :focus-within")) {
      const places = new Map(this.order.map((id, place) => [id, place]));
      sorted.sort((one, other) => (places.get(one.id) ?? Infinity) - (places.get(other.id) ?? Infinity) || 0);
    }
    this.order = sorted.map((agent) => agent.id);
    return sorted;
  }
}

function tile() {
  const button = element("button", "agent", icon("ready"), element("span", "agent-name"), element("span", "agent-detail faint"));
  button.type = "button";
  button.dataset.roving = "agent";
  button.append(element("span", "agent-clock number"));
  return element("li", "", button);
}

function fill(button, agent, detail) {
  const [sign, name, about, clock] = button.children;
  button.dataset.state = agent.state;
  button.dataset.agent = agent.id;
  button.classList.toggle("is-overrun", agent.overrun);
  button.classList.toggle("is-away", !agent.page && agent.state === "ready");
  setIcon(sign, agent.overrun ? "alert" : agent.state);
  setText(name, agent.name);
  setText(about, detail);
  clock.dataset.since = agent.since;
  const warning = agent.overrun ? _("The pause lasts too long") : !agent.page && agent.state === "ready" ? _("His page does not answer") : "";
  const parts = [agent.name, stateWord(agent.state), detail, warning, _("calls today: %(count)s", { count: agent.callsToday })];
  button.title = parts.filter(Boolean).join(" · ");
}
