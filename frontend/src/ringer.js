// Everything that calls an operator back to the screen: a tone, a notification, the title and the icon.
import { _ } from "./strings.js";
import { onFirstTouch } from "./touch.js";

export class Ringer extends EventTarget {
  /** Event "silent": it rings, and the browser does not let the page sound. */
  constructor() {
    super();
    this.title = document.title;
    this.icon = document.querySelector("link[rel=icon]");
    this.restIcon = this.icon.href;
    // An element that loops needs no timer: a hidden tab's would make the tone stutter.
    this.tone = new Audio("/static/build/ring.wav");
    this.tone.loop = true;
    this.tone.preload = "auto";
    onFirstTouch(() => this.#unlock());
  }

  /** Show that `caller` rings; `sound` and `notify` as well (one tab of several does). */
  start(caller, project, { sound, notify }) {
    if (this.ringing) return;
    this.ringing = true;
    this.title = document.title;
    document.title = `☎ ${caller}`;
    this.icon.href = "/static/build/icon-ringing.svg";
    if (sound) this.#sound();
    if (notify) this.#notify(caller, project);
  }

  stop() {
    if (!this.ringing) return;
    this.ringing = false;
    document.title = this.title;
    this.icon.href = this.restIcon;
    this.tone.pause();
    this.tone.currentTime = 0;
    this.notification?.close();
    this.notification = undefined;
  }

  /** Played in silence once, from within a click, so that it may sound by itself later. */
  async #unlock() {
    if (this.ringing) return;
    this.tone.muted = true;
    try {
      await this.tone.play();
      if (!this.ringing) this.tone.pause();
    } catch {
      // Not even in silence: told when it should have rung.
    }
    this.tone.muted = false;
  }

  async #sound() {
    this.tone.muted = false;
    this.tone.currentTime = 0;
    try {
      await this.tone.play();
      if (!this.ringing) this.tone.pause(); // answered while it was being started
    } catch (error) {
      if (error.name === "NotAllowedError") this.dispatchEvent(new Event("silent"));
    }
  }

  #notify(caller, project) {
    if (notificationPermission() !== "granted" || (document.visibilityState === "visible" && document.hasFocus())) return;
    this.notification = new Notification(_("Call: %(caller)s", { caller }), {
      body: project,
      tag: "telemarket-call",
      requireInteraction: true,
    });
    this.notification.onclick = () => window.focus();
  }
}

/** "granted", "denied" or "default" (not asked yet). */
function notificationPermission() {
  return "Notification" in window ? Notification.permission : "denied";
}

/** While the browser has not been asked, the empty desk offers to ask it. */
export function offerNotifications() {
  const offer = document.getElementById("notification-offer");
  const show = () => (offer.hidden = notificationPermission() !== "default");
  document.getElementById("notification-allow").onclick = () => Notification.requestPermission().then(show);
  show();
}
