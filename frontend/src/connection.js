// The line across the page while the server cannot be reached.
import { _ } from "./strings.js";

export class ConnectionBanner {
  constructor(live) {
    this.box = document.getElementById("connection-banner");
    this.text = document.getElementById("connection-text");
    document.getElementById("connection-retry").onclick = () => live.retryNow();
    live.addEventListener("open", () => this.#hide());
    live.addEventListener("lost", ({ detail }) => this.#count(detail.retryAt));
    live.addEventListener("signed-out", () => this.#signedOut());
  }

  #count(retryAt) {
    clearInterval(this.timer);
    const tell = () => {
      const seconds = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
      this.text.textContent = _("The server cannot be reached. A conversation goes on. Next attempt in %(seconds)s s.", {
        seconds,
      });
      this.box.hidden = false;
    };
    // A hiccup shorter than this is mended before anybody could read about it.
    this.timer = setInterval(tell, 500);
  }

  #hide() {
    clearInterval(this.timer);
    this.box.hidden = true;
  }

  #signedOut() {
    clearInterval(this.timer);
    location.assign("/sign-in");
  }
}
