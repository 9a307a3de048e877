// Playing a recording: the server draws the waveform, this moves about in it.
import { _ } from "./strings.js";

const STEP = 5; // seconds an arrow key moves
const LEAP = 30; // and a page key

class RecordingPlayer extends HTMLElement {
  connectedCallback() {
    this.audio = new Audio();
    this.audio.preload = "none"; // listening is on record: nothing is fetched before somebody presses Play
    this.audio.src = this.dataset.source;
    this.slider = this.querySelector("[role=slider]");
    this.toggle = this.querySelector("[data-toggle]");
    this.clock = this.querySelector("[data-clock]");
    for (const event of ["timeupdate", "play", "pause", "ended", "seeked"])
      this.audio.addEventListener(event, () => this.#show());
    this.audio.addEventListener("error", () => this.#failed());
    this.addEventListener("click", (event) => this.#click(event));
    this.slider.addEventListener("pointerdown", (event) => this.#point(event));
    this.slider.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("htmx:afterSettle", () => this.#show());
    this.#show();
    if ("atOnce" in this.dataset) this.#play();
  }

  disconnectedCallback() {
    this.audio.pause();
    this.audio.removeAttribute("src");
  }

  get duration() {
    return Number.isFinite(this.audio.duration) ? this.audio.duration : Number(this.dataset.seconds);
  }

  /** Go to `seconds`, or as near as there is something. */
  seek(seconds) {
    this.audio.currentTime = Math.min(Math.max(0, seconds), this.duration);
    this.#show();
  }

  #play() {
    this.audio.play().catch(() => {}); // an error is an event of its own
  }

  #click({ target }) {
    const button = target.closest("button");
    if (!button) return;
    if (button === this.toggle) this.audio.paused ? this.#play() : this.audio.pause();
    else if (button.dataset.seek) {
      this.seek(Number(button.dataset.seek));
      this.#play();
    } else if (button.dataset.speed) this.#setSpeed(button);
  }

  #setSpeed(chosen) {
    this.audio.playbackRate = this.audio.defaultPlaybackRate = Number(chosen.dataset.speed);
    for (const button of this.querySelectorAll("[data-speed]"))
      button.setAttribute("aria-pressed", String(button === chosen));
  }

  #point(event) {
    const { left, width } = this.slider.getBoundingClientRect();
    const seekTo = ({ clientX }) => this.seek(((clientX - left) / width) * this.duration);
    seekTo(event);
    this.slider.setPointerCapture(event.pointerId);
    this.slider.addEventListener("pointermove", seekTo);
    this.slider.addEventListener("lostpointercapture", () => this.slider.removeEventListener("pointermove", seekTo), {
      once: true,
    });
  }

  #key(event) {
    const now = this.audio.currentTime;
    const places = {
      ArrowLeft: now - STEP,
      ArrowDown: now - STEP,
      ArrowRight: now + STEP,
      ArrowUp: now + STEP,
      PageDown: now - LEAP,
      PageUp: now + LEAP,
      Home: 0,
      End: this.duration,
    };
    if (event.key in places) this.seek(places[event.key]);
    else if (event.key === " ") this.toggle.click();
    else return;
    event.preventDefault();
  }

  #show() {
    const now = this.audio.currentTime;
    const text = `${clock(now)} / ${clock(this.duration)}`;
    this.clock.textContent = text;
    this.slider.setAttribute("aria-valuenow", String(Math.floor(now)));
    this.slider.setAttribute("aria-valuetext", text);
    const drawing = this.querySelector("svg[data-width]");
    const share = this.duration ? now / this.duration : 0;
    drawing?.querySelector("clipPath rect").setAttribute("width", String(share * Number(drawing.dataset.width)));
    const playing = !this.audio.paused;
    this.toggle.querySelector("use").setAttribute("href", `/static/build/icons.svg#${playing ? "paused" : "play"}`);
    this.toggle.querySelector("span").textContent = playing ? _("Pause") : _("Play");
  }

  #failed() {
    this.clock.textContent = _("The recording cannot be played.");
  }
}

function clock(seconds) {
  const whole = Math.floor(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

customElements.define("recording-player", RecordingPlayer);
