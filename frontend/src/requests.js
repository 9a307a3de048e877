// Asking the server to do something; a refusal becomes a toast that says what to do.
import { _ } from "./strings.js";
import { toast } from "./toasts.js";

const DEADLINE = 10000; // milliseconds

/** POST `values` as a form. The JSON answer, or null after a refusal (already shown, by `refused` if it is given). */
export async function post(url, values = {}, refused = showError) {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams(values),
      signal: AbortSignal.timeout(DEADLINE),
    });
    if (response.ok) return await response.json();
    refused(await response.text());
  } catch {
    toast(_("The server did not answer."), _("Check the network and try again."));
  }
  return null;
}

/** Show the server's JSON error (anything else gets a general text); in `form`, mark the field it is about. */
export function showError(body, form) {
  try {
    const error = JSON.parse(body);
    toast(error.message, error.remedy);
    const name = error.field && CSS.escape(error.field);
    const place = name && form?.querySelector?.(`[name="${name}"], [data-field="${name}"]`);
    if (place) mark(place, error.message);
  } catch {
    toast(_("The server could not do that."), _("Try again; if it happens again, tell the administrator."));
  }
}

/** Say at the field, or below a group of fields, what is wrong with it, until something else is typed there. */
function mark(place, message) {
  const group = place.matches("[data-field]");
  const fields = group ? [...place.querySelectorAll("input:not([type=hidden]), select")] : [place];
  const field = fields.find(({ value }) => value && message.includes(`${value}`)) ?? fields[0];
  const note = document.createElement("p");
  note.className = "field-error";
  note.id = `error-${place.dataset.field ?? place.name}`;
  note.textContent = message;
  document.getElementById(note.id)?.remove();
  if (group) place.append(note);
  else place.after(note);
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", note.id);
  field.focus();
  const mended = () => {
    note.remove();
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  };
  place.addEventListener("input", mended, { once: true });
}
