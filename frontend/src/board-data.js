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

function named(fields, rows) {
  return rows.map((row) => Object.fromEntries(fields.map((field, place) => [field, row[place]])));
}

export const readQueues = (rows) => named(QUEUE, rows);
export const readAgents = (rows) => named(AGENT, rows);
export const readCalls = (rows) => named(CALL, rows);
export const readPeople = (rows) => new Map(rows.map(([id, name, login]) => [id, { name, login }]));
