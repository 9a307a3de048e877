// What an operator is in the midst of: his state, told apart by what his call is like.

/**
 * The state itself, or "calling" (a number is being called for him), "asked" (he is being consulted and it rings),
 * "consulting" (he asks somebody), "conference" or "held".
 */
export function situation(agent) {
  const { state, call, role } = agent;
  if (!call || !["ringing", "talking"].includes(state)) return state;
  if (call.direction === "outbound" && call.state === "ringing") return "calling";
  if (role === "consulted") return state === "ringing" ? "asked" : state;
  if (state === "ringing") return state;
  if (call.parties.some((party) => party.role === "conference")) return "conference";
  if (call.parties.some((party) => party.role === "consulted")) return "consulting";
  return call.held ? "held" : state;
}

/** Whether the telephone is to answer by itself: the operator asked for this call. `expected` is one he took up. */
export function asksToTalk(agent, expected) {
  if (agent.state === "watching") return true;
  return agent.state === "ringing" && (agent.call.direction === "outbound" || agent.call.id === expected);
}

/** Who takes part beside the customer and the operator himself, as the server names them. */
export function consulted(call) {
  return call.parties.find((party) => party.role === "consulted");
}
