// The table of queues: now on the left, today on the right.
import { element, keep, setText } from "./keyed.js";
import { percent } from "./board-words.js";
import { duration } from "./clock.js";
import { _ } from "./strings.js";

export class QueueTable {
  constructor(root) {
    this.body = root.querySelector("tbody");
  }

  show(queues) {
    keep(this.body, queues, { key: (queue) => queue.id, create: row, update: fill });
  }
}

const CELLS = ["name", "waiting", "longest", "level", "abandon", "asa", "operators", "callbacks"];

function row() {
  const made = document.createElement("tr");
  for (const name of CELLS) made.append(element(name === "name" ? "th" : "td", `queue-${name}`));
  const [name, , longest, level] = made.children;
  name.scope = "row";
  name.append(element("span", "faint queue-number"), element("span"));
  longest.append(element("span"));
  level.append(element("span", "level-value number"), element("span", "level", element("span", "level-reached"), element("span", "level-target")));
  return made;
}

function fill(made, queue) {
  const [name, waiting, longest, level, abandon, asa, operators, callbacks] = made.children;
  setText(name.children[0], queue.number);
  setText(name.children[1], queue.name);
  name.title = queue.name;
  setText(waiting, queue.waiting);
  waiting.classList.toggle("is-waiting", queue.waiting > 0);
  const clock = longest.firstElementChild;
  clock.className = "number";
  if (queue.longestSince) {
    clock.dataset.since = queue.longestSince;
    clock.dataset.within = queue.within;
  } else {
    delete clock.dataset.since;
    delete clock.dataset.within;
    clock.classList.remove("is-late", "is-soon");
    setText(clock, "—");
  }
  longest.title = queue.expectedWait >= 0 ? _("Who calls now waits about %(time)s", { time: duration(queue.expectedWait * 1000) }) : "";
  showLevel(level, queue);
  setText(abandon, percent(queue.abandonRate));
  abandon.title = _("%(abandoned)s of %(offered)s gave up, those within %(within)s s too", queue);
  setText(asa, queue.speedOfAnswer < 0 ? "—" : duration(queue.speedOfAnswer * 1000));
  setText(operators, `${queue.ready} / ${queue.onShift}`);
  operators.classList.toggle("is-short", queue.waiting > 0 && queue.ready === 0);
  setText(callbacks, queue.callbacks || "—");
}

/** The level has a colour, a sign and a place against the target's mark. */
function showLevel(cell, queue) {
  const known = queue.serviceLevel >= 0;
  const good = queue.serviceLevel >= queue.target;
  cell.dataset.level = known ? (good ? "good" : "bad") : "none";
  setText(cell.firstElementChild, known ? `${good ? "▲" : "▼"} ${percent(queue.serviceLevel)}` : "—");
  const bar = cell.lastElementChild;
  bar.style.setProperty("--level", `${Math.max(0, queue.serviceLevel)}%`);
  bar.style.setProperty("--target", `${queue.target}%`);
  cell.title = _("%(answered)s of %(offered)s answered; the target is %(target)s within %(within)s s", {
    ...queue,
    target: percent(queue.target),
  });
}
