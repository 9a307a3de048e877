// Asking the server to do something; a refusal becomes a toast that says what to do.
import { _ } from "./strings.js";
import { toast } from "./toasts.js";

const DEADLINE = 10000; // milliseconds

/** POST `values` as a form. The JSON answer, or null after a refusal (already shown). */
export async function post(url, values = {}) {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams(values),
      signal: AbortSignal.timeout(DEADLINE),
    });
    if (response.ok) return await response.json();
    showError(await response.text());
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
    const field = error.field && form?.querySelector?.(`[name="${CSS.escape(error.field)}"]`);
    if (field) mark(field);
  } catch {
    toast(_("The server could not do that."), _("Try again; if it happens again, tell the administrator."));
  }
}

function mark(field) {
  field.setAttribute("aria-invalid", "true");
  field.focus();
  field.addEventListener("input", () => field.removeAttribute("aria-invalid"), { once: true });
}
