// Keys by their place on the board, not by what they type: the same in every layout.
import { closeMenus } from "./menus.js";

/**
 * `commands` by name. Function keys work everywhere; single keys only where nobody is typing.
 */
export function startKeyboard(commands) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    const name = commandOf(event);
    if (!name || !commands[name]) return;
    event.preventDefault();
    closeMenus();
    commands[name]();
  });
}

const ANYWHERE = { F2: "primary", F4: "hangUp", F6: "hold", F7: "transfer", F8: "pause", F9: "mute" };
const ANYWHERE_SHIFTED = { F2: "more", F7: "park", F9: "recording" };
const OUTSIDE_FIELDS = {
  KeyN: "note",
  KeyT: "topic",
  KeyH: "history",
  KeyE: "edit",
  Slash: "search",
  KeyD: "desk",
  KeyC: "call",
  KeyK: "keypad",
  KeyP: "parked",
  KeyL: "listen",
  KeyW: "whisper",
  KeyB: "joinIn",
  BracketLeft: "previousCard",
  BracketRight: "nextCard",
};

function commandOf(event) {
  const { code, key, ctrlKey, metaKey, altKey, shiftKey, target } = event;
  if ((ctrlKey || metaKey) && key === "Enter") return "save";
  if (ctrlKey || metaKey || altKey) return undefined;
  const anywhere = (shiftKey ? ANYWHERE_SHIFTED : ANYWHERE)[code];
  if (anywhere) return anywhere;
  if (isTyping(target)) return code === "Escape" ? "leaveField" : undefined;
  if (key === "?") return "help";
  return shiftKey ? undefined : OUTSIDE_FIELDS[code];
}

/** Whether keys pressed there are typed into a field. */
export function isTyping(target) {
  return Boolean(target.closest?.("input, textarea, select, [contenteditable]"));
}
