// What an operator has typed and not yet saved, kept across reloads and second calls in this browser.
import { settings } from "./settings.js";

const PREFIX = `telemarket-draft-${settings.user}-`;
const LIFETIME = 7 * 24 * 3600 * 1000; // milliseconds

/** The named fields of `form` as a plain object. */
export function fieldsOf(form) {
  return Object.fromEntries([...new FormData(form)].filter(([, value]) => typeof value === "string"));
}

export function keep(key, values) {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify({ at: Date.now(), values }));
  } catch {
    // A full or forbidden store costs the safety copy, not the work on screen.
  }
}

export function forget(key) {
  localStorage.removeItem(PREFIX + key);
}

/** Put a kept draft back into `form`; true if there was one. */
export function restore(key, form) {
  const kept = read(PREFIX + key);
  if (!kept) return false;
  for (const [name, value] of Object.entries(kept.values)) {
    const field = form.elements.namedItem(name);
    if (field && "value" in field) field.value = value;
  }
  return true;
}

/** Ids of the calls with an unsaved note, oldest first. */
export function calls() {
  return Object.keys(localStorage)
    .filter((key) => key.startsWith(PREFIX) && !key.startsWith(`${PREFIX}contact-`) && read(key))
    .sort((one, other) => read(one).at - read(other).at)
    .map((key) => key.slice(PREFIX.length));
}

/** Drop drafts too old to matter; all of them when the operator signs out of a shared machine. */
export function sweep({ all = false } = {}) {
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith("telemarket-draft-")) continue;
    const kept = read(key);
    if (all || !kept || Date.now() - kept.at > LIFETIME) localStorage.removeItem(key);
  }
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}
