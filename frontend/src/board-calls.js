// Who waits and who talks.
import { element, icon, keep, setIcon, setText } from "./keyed.js";
import { callWord, movable } from "./board-words.js";
import { _ } from "./strings.js";

export class CallList {
  /** `describe(call)` gives the project's number, its threshold and the operator's name. */
  constructor(root, describe, supervises) {
    this.describe = describe;
    this.supervises = supervises;
    this.waiting = root.querySelector("#board-waiting");
    this.talking = root.querySelector("#board-talking");
    for (const name of ["waiting", "talking"]) this[`${name}Count`] = root.querySelector(`#board-${name}-count`);
    for (const name of ["waiting", "talking"]) this[`${name}Empty`] = root.querySelector(`#board-${name}-empty`);
  }

  show(calls) {
    const served = (call) => call.agent && call.state !== "waiting";
    const waits = calls.filter((call) => !served(call));
    waits.sort((one, other) => (one.position || Infinity) - (other.position || Infinity) || one.arrived - other.arrived);
    this.#fill("waiting", waits);
    this.#fill("talking", calls.filter(served));
  }

  #fill(name, calls) {
    keep(this[name], calls, {
      key: (call) => call.id,
      create: () => row(this.supervises && (name === "waiting" ? ["move", _("Move…")] : ["listen", _("Listen")])),
      update: (item, call) => fill(item, call, this.describe(call), name),
    });
    setText(this[`${name}Count`], calls.length);
    this[`${name}Empty`].hidden = calls.length > 0;
  }
}

function row(action) {
  const main = element("button", "call-main", icon("waiting"), element("span", "call-caller"));
  main.type = "button";
  main.dataset.roving = "call";
  main.append(element("span", "call-about faint"), element("span", "call-clock number"));
  const item = element("li", "call", main);
  if (action) {
    const [act, word] = action;
    const button = element("button", "btn btn-plain btn-small", word);
    button.type = "button";
    button.tabIndex = -1; // the keyboard has letters for it
    button.dataset.act = act;
    item.append(button);
  }
  return item;
}

function fill(item, call, about, list) {
  const main = item.firstElementChild;
  const [sign, caller, other, clock] = main.children;
  item.dataset.living = call.id;
  item.classList.toggle("is-watched", about.watched);
  main.dataset.state = call.state;
  setIcon(sign, call.vip ? "star" : call.state);
  setText(caller, call.caller || _("Number withheld"));
  setText(other, list === "waiting" ? waitingText(call, about) : [about.operator, about.project].filter(Boolean).join(" · "));
  clock.dataset.since = list === "waiting" ? call.arrived : call.answered || call.arrived;
  if (list === "waiting" && call.state === "waiting") clock.dataset.within = about.within;
  const parts = [call.caller, callWord(call.state), about.projectName, about.operator, call.held && _("on hold"), call.vip && "VIP"];
  main.title = parts.filter(Boolean).join(" · ");
  const button = item.children[1];
  if (button?.dataset.act === "move") button.disabled = !movable(call);
  if (button?.dataset.act === "listen") button.disabled = call.state !== "talking" || about.watched;
}

function waitingText(call, about) {
  const state = call.state === "waiting" ? call.direction === "callback" && _("to be called back") : callWord(call.state);
  const priority = call.state === "waiting" ? _("priority %(priority)s", { priority: call.priority }) : "";
  return [about.project, state, priority].filter(Boolean).join(" · ");
}
