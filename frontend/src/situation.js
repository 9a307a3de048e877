// What an operator is in the midst of: his state, told apart by what his call is like.

/**
 * The state itself, or "calling" (a number is being called for him), "asked" (somebody consults him and it rings),
 * "guest" (he is consulted, or in another's conference), "consulting" (he asks somebody), "conference", "held", or
 * "connecting" (a lead has answered, and the operator's telephone does so by itself).
 */
export function situation(agent) {
  const { state, call, role } = agent;
  if (!call || !["ringing", "talking"].includes(state)) return state;
  if (["consulted", "conference"].includes(role)) return state === "ringing" ? "asked" : "guest";
  if (state === "ringing" && isConnected(agent)) return "connecting";
  if (state === "ringing") return isOwnCall(agent) ? "calling" : state;
  if (call.state === "ringing") return "calling";
  if (call.parties.some((party) => party.role === "conference")) return "conference";
  if (consulted(call)) return "consulting";
  return call.held ? "held" : state;
}

/** Whether the telephone is to answer by itself: the operator asked for this call. `expected` is one he took up. */
export function asksToTalk(agent, expected) {
  if (agent.state === "watching") return true;
  return agent.state === "ringing" && (isOwnCall(agent) || isConnected(agent) || agent.call.id === expected);
}

/** Whether a campaign has brought him somebody who is on the line. */
export function isConnected({ state, call, role }) {
  return Boolean(call?.lead && call.lead.mode !== "preview" && role === "operator" && ["ringing", "talking"].includes(state));
}

/**
 * How far he is with a campaign's lead: "preview", "calling", "talking" (the result may be chosen), "result" (after the
 * call, and there is none yet), "done", "unanswered", or "" for any other call.
 */
export function leadPhase(agent) {
  const { state, call } = agent;
  if (!call?.lead || agent.role !== "operator") return "";
  if (state === "preview") return state;
  if (state === "wrap-up" && call.answered_at) return call.lead.result ? "done" : "result";
  if (state === "wrap-up") return "unanswered";
  return call.answered_at ? "talking" : "calling";
}

/** Whom the operator of this call consults. */
export function consulted(call) {
  return call.parties.find((party) => party.role === "consulted");
}

/** Whether who is consulted has answered: then either he or the customer is on hold. */
export function hasAnswered(call) {
  const there = consulted(call);
  return Boolean(there && (there.talking || !call.held));
}

/** A number he calls; nobody has talked in that call yet, or it would be one passed on to him. */
function isOwnCall({ call, role }) {
  return (call.direction === "outbound" || call.lead?.mode === "preview") && !call.answered_at && role === "operator";
}
