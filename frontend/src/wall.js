// The board on a wall: figures to be read from afar, no controls, and nothing of any caller.
import { readQueues } from "./board-data.js";
import { percent, crowdWord } from "./board-words.js";
import { tickClocks } from "./board-clocks.js";
import { duration, now, setServerTime } from "./clock.js";
import { element, icon, keep, setText } from "./keyed.js";
import { LiveStream } from "./live.js";
import { _ } from "./strings.js";

const SHOWN_STATES = ["ready", "talking", "wrap-up", "paused"];
const language = document.documentElement.lang;
const $ = (id) => document.getElementById(id);

function show(picture) {
  const queues = readQueues(picture);
  const alone = queues.length === 1;
  document.body.classList.toggle("is-alone", alone);
  setText($("wall-title"), alone ? queues[0].name : _("All projects"));
  keep($("wall-states"), SHOWN_STATES, { key: (state) => state, create: stateSign, update: (item, state) => countOf(item, picture.states[state] ?? 0) });
  keep($("wall-figures"), queues, { key: (queue) => `${queue.id} ${alone}`, create: panel, update: fill });
  $("wall-empty").hidden = queues.length > 0;
  setText($("wall-empty"), _("There is no such project."));
  tick();
}

function stateSign(state) {
  const made = element("span", "wall-state", icon(state), element("strong", "number"), element("span", "", crowdWord(state)));
  made.dataset.state = state;
  return made;
}

function countOf(item, count) {
  setText(item.children[1], count);
}

const FIGURES = {
  waiting: () => _("Waiting"),
  longest: () => _("Longest"),
  level: () => _("Service level"),
  ready: () => _("Free"),
  abandon: () => _("Gave up"),
  asa: () => _("Answer after"),
};

function panel() {
  const made = element("section", "wall-queue", element("h2"));
  for (const [name, word] of Object.entries(FIGURES)) {
    const figure = element("p", `wall-figure wall-${name}`, element("span", "wall-label", word()), element("strong", "number"), element("span", "wall-more"));
    figure.dataset.figure = name;
    made.append(figure);
  }
  return made;
}

function fill(made, queue) {
  setText(made.firstElementChild, queue.name);
  for (const figure of made.querySelectorAll("[data-figure]")) {
    const [, value, more] = figure.children;
    const { text, grade, note } = read(figure.dataset.figure, queue);
    figure.dataset.grade = grade;
    if (text !== undefined) setText(value, text);
    setText(more, note ?? "");
    if (figure.dataset.figure === "longest") clockOf(value, queue);
  }
}

/** A figure's text, how good it is (its colour and its sign), and a word below it. */
function read(figure, queue) {
  switch (figure) {
    case "waiting":
      return { text: queue.waiting, grade: queue.waiting > queue.ready ? "warning" : "", note: queue.callbacks ? _("to call back: %(count)s", { count: queue.callbacks }) : "" };
    case "longest":
      return { text: queue.longestSince ? undefined : "—", grade: "", note: queue.expectedWait >= 0 ? _("expected %(time)s", { time: duration(queue.expectedWait * 1000) }) : "" };
    case "level":
      return { text: percent(Math.floor(queue.serviceLevel)), grade: queue.serviceLevel < 0 ? "" : queue.serviceLevel >= queue.target ? "good" : "bad", note: _("target %(target)s in %(within)s s", { target: percent(queue.target), within: queue.within }) };
    case "ready":
      return { text: queue.ready, grade: queue.ready === 0 && queue.waiting > 0 ? "bad" : "", note: _("of %(onShift)s on shift", queue) };
    case "abandon":
      return { text: percent(queue.abandonRate), grade: "", note: _("%(abandoned)s of %(offered)s", queue) };
    default:
      return { text: queue.speedOfAnswer < 0 ? "—" : duration(queue.speedOfAnswer * 1000), grade: "", note: _("answered: %(answered)s", queue) };
  }
}

function clockOf(value, queue) {
  if (queue.longestSince) Object.assign(value.dataset, { since: queue.longestSince, within: queue.within });
  else for (const name of ["since", "within"]) delete value.dataset[name];
  if (!queue.longestSince) value.classList.remove("is-soon", "is-late");
}

let seen;

/** The time of day in the call centre, wherever the screen thinks it is. */
function timeOf(moment) {
  return new Date(moment).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit", timeZone: $("wall-clock").dataset.zone });
}

function tick() {
  setText($("wall-clock"), timeOf(now()));
  tickClocks(document);
}

const live = new LiveStream(`/board/wall/live${location.search}`);
live.addEventListener("message", ({ detail }) => {
  if (detail.type !== "wall") return;
  setServerTime(detail.now);
  seen = detail.now;
  $("wall-stale").hidden = true;
  document.body.classList.remove("is-stale");
  show(detail.wall);
});
live.addEventListener("lost", () => {
  if (!seen) return;
  setText($("wall-stale"), _("No connection: this is how it stood at %(time)s.", { time: timeOf(seen) }));
  $("wall-stale").hidden = false;
  document.body.classList.add("is-stale");
});
live.addEventListener("signed-out", () => location.assign("/sign-in"));
live.connect();
setInterval(tick, 1000);
