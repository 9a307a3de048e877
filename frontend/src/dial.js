// Click-to-call: any number on any page, or one typed.
import { ask } from "./dialogs.js";
import { post } from "./requests.js";

/** Where a click on a number leads: `call(number, contact, project)`. */
export function startDialling(call) {
  document.addEventListener("click", ({ target }) => {
    const number = target.closest("[data-dial]");
    if (number) call(number.dataset.dial, number.dataset.contact, number.dataset.project);
  });
}

/** A number the operator types; "" if he thought better of it. */
export async function typedNumber() {
  const field = document.getElementById("dial-number");
  field.value = "";
  return (await ask("dial-dialog")) === "call" ? field.value.trim() : "";
}

/** Call `number` for the project given, if the operator serves it, else for the one he chooses. */
export async function placeCall(agent, number, contact, project) {
  const served = agent.project_ids.map(String);
  const chosen = served.includes(project) || served.length < 2 ? project : await chooseProject();
  if (chosen === null) return; // he thought better of it
  await post("/desk/call", { number, contact_id: contact, project_id: served.includes(chosen) ? chosen : "" });
}

async function chooseProject() {
  const response = await fetch("/desk/projects", { headers: { "HX-Request": "true" } });
  if (!response.ok) return "";
  const choices = document.getElementById("project-choices");
  choices.innerHTML = await response.text();
  return (await ask("project-dialog")) || null;
}
