// The board's pictures come as rows without field names; here they get them. Written by telemarket/desk/board_feed.py.
const QUEUE = [
  "id", "number", "name", "waiting", "longestSince", "expectedWait", "offered", "answered", "abandoned", "serviceLevel",
  "target", "within", "abandonRate", "speedOfAnswer", "ready", "onShift", "callbacks",
];
const AGENT = [
  "id", "state", "since", "reason", "callId", "role", "afterCall", "overrun", "page", "projects", "callsToday",
];
const CALL = [
  "id", "state", "direction", "project", "caller", "agent", "arrived", "answered", "position", "priority", "vip", "held",
  "watchers",
];

/** Moments come as whole seconds before the picture; they become milliseconds since the epoch, 0 for never. */
function named(fields, moments, rows, at) {
  const taken = Math.floor(Date.parse(at) / 1000) * 1000;
  const value = (field, given) => (moments.includes(field) ? (given < 0 ? 0 : taken - given * 1000) : given);
  return rows.map((row) => Object.fromEntries(fields.map((field, place) => [field, value(field, row[place])])));
}

export const readQueues = ({ queues, at }) => named(QUEUE, ["longestSince"], queues, at);
export const readAgents = ({ agents, at }) => named(AGENT, ["since"], agents, at);
export const readCalls = ({ calls, at }) => named(CALL, ["arrived", "answered"], calls, at);
export const readPeople = (rows) => new Map(rows.map(([id, name, login]) => [id, { name, login }]));
