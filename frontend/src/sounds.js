// Making a sound: hearing a text before it is kept, seeing how far a file is.
import { showError } from "./requests.js";
import { _ } from "./strings.js";
import { toast } from "./toasts.js";

export function startSounds() {
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-preview]");
    if (button) preview(button);
  });
  document.addEventListener("htmx:xhr:progress", ({ target, detail }) => {
    const bar = target.querySelector?.("progress.upload");
    if (bar && detail.lengthComputable && target.querySelector("[type=file]").value) show(bar, detail);
  });
  document.addEventListener("htmx:afterRequest", ({ target }) => {
    const bar = target.querySelector?.("progress.upload");
    if (bar) bar.hidden = true;
  });
  document.addEventListener("sound-kept", ({ detail }) => {
    const form = document.getElementById("sound-form"); // gone, if he has left the page meanwhile
    form?.reset();
    if (form) silence(form.querySelector("audio"));
    toast(detail.value, "", "done");
  });
  document.addEventListener("sound-removed", ({ detail }) => toast(detail.value, "", "done"));
}

function show(bar, { loaded, total }) {
  bar.hidden = false;
  if (loaded < total) bar.value = loaded / total;
  else bar.removeAttribute("value"); // sent: now it is being converted
}

async function preview(button) {
  const form = button.closest("form");
  const player = form.querySelector("audio");
  const values = { text: form.elements.text.value, language: form.elements.language.value };
  button.disabled = true;
  try {
    const response = await fetch("/sounds/preview", {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams(values),
    });
    if (!response.ok) showError(await response.text(), form);
    else {
      silence(player);
      player.src = URL.createObjectURL(await response.blob());
      player.hidden = false;
      player.play().catch(() => {}); // the player itself shows that it cannot
    }
  } catch {
    toast(_("The server did not answer."), _("Check the network and try again."));
  } finally {
    button.disabled = false;
  }
}

function silence(player) {
  player.pause();
  if (player.src) URL.revokeObjectURL(player.src);
  player.removeAttribute("src");
  player.hidden = true;
}
