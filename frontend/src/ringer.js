// Everything that calls an operator back to the screen: a tone, a notification, the title and the icon.
import { _ } from "./strings.js";

const TONE = 425; // hertz, the ringing tone of this part of the world: one second in five
const CYCLES = 24;

export class Ringer {
  constructor() {
    this.title = document.title;
    this.icon = document.querySelector("link[rel=icon]");
    this.restIcon = this.icon.href;
  }

  /** Call from a click or key press: browsers let a page sound only after one. */
  allowSound() {
    this.context ??= new AudioContext();
    this.context.resume();
    if ("Notification" in window && Notification.permission === "default") Notification.requestPermission();
  }

  /** Show that `caller` rings; with `aloud`, also sound and notify (one tab of several does). */
  start(caller, project, aloud) {
    if (this.ringing) return;
    this.ringing = true;
    this.title = document.title;
    document.title = `☎ ${caller}`;
    this.icon.href = "/static/build/icon-ringing.svg";
    if (!aloud) return;
    this.#sound();
    this.#notify(caller, project);
  }

  stop() {
    if (!this.ringing) return;
    this.ringing = false;
    document.title = this.title;
    this.icon.href = this.restIcon;
    this.tone?.stop();
    this.tone = undefined;
    this.notification?.close();
    this.notification = undefined;
  }

  #sound() {
    if (this.context?.state !== "running") return;
    const volume = this.context.createGain();
    volume.gain.value = 0;
    volume.connect(this.context.destination);
    this.tone = this.context.createOscillator();
    this.tone.frequency.value = TONE;
    this.tone.connect(volume);
    // All cycles are laid down at once: a hidden tab's timers would make the tone stutter.
    for (let cycle = 0, at = this.context.currentTime; cycle < CYCLES; cycle += 1, at += 5) {
      volume.gain.setTargetAtTime(0.15, at, 0.01);
      volume.gain.setTargetAtTime(0, at + 1, 0.01);
    }
    this.tone.start();
    this.tone.stop(this.context.currentTime + CYCLES * 5);
  }

  #notify(caller, project) {
    if (!("Notification" in window) || Notification.permission !== "granted" || document.visibilityState === "visible")
      return;
    this.notification = new Notification(_("Call: %(caller)s", { caller }), { body: project, tag: "telemarket-call" });
    this.notification.onclick = () => window.focus();
  }
}
