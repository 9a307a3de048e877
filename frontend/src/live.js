// The live stream: a WebSocket that comes back by itself, with heartbeats from a worker.
import { Backoff } from "./backoff.js";

const SIGNED_OUT = 4401; // close code: the session has ended
const SILENCE = 25000; // milliseconds without a word from the server after which the line counts as dead

export class LiveStream extends EventTarget {
  /** Events: "message" (detail: the decoded message), "open", "lost" (detail: {retryAt}), "signed-out". */
  constructor(path) {
    super();
    this.url = new URL(path, location.href);
    this.url.protocol = this.url.protocol.replace("http", "ws");
    this.backoff = new Backoff();
    this.worker = new Worker("/static/build/heartbeat.js");
    this.worker.onmessage = () => this.#beat();
    this.ending = new AbortController();
    const { signal } = this.ending;
    addEventListener("online", () => this.retryNow(), { signal });
    // A frozen page can show no card. It says so by leaving, and is back before anybody looks at it.
    document.addEventListener("freeze", () => this.#leave(), { signal });
    document.addEventListener("resume", () => this.connect(), { signal });
  }

  connect() {
    if (this.ending.signal.aborted) return;
    clearTimeout(this.timer);
    this.retryAt = undefined;
    this.socket?.close();
    const socket = (this.socket = new WebSocket(this.url));
    this.heard = performance.now();
    socket.onopen = () => {
      this.backoff.reset();
      this.#emit("open");
    };
    socket.onmessage = (event) => {
      this.heard = performance.now();
      this.#emit("message", JSON.parse(event.data));
    };
    socket.onclose = (event) => {
      if (socket !== this.socket) return;
      if (event.code === SIGNED_OUT) this.#emit("signed-out");
      else this.#retryLater();
    };
  }

  /** Connect at once if the stream is down; does nothing while it is up. */
  retryNow() {
    if (this.socket?.readyState > WebSocket.OPEN) this.connect();
  }

  /** End it for good. */
  close() {
    this.worker.terminate();
    this.ending.abort();
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = undefined;
    socket?.close();
  }

  send(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  #beat() {
    // A hidden tab's own timers may come a minute late: the worker's beat sees to the next attempt as well.
    if (this.retryAt && Date.now() >= this.retryAt) this.connect();
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    if (performance.now() - this.heard > SILENCE) {
      const dead = this.socket;
      this.socket = undefined; // a dead line may take minutes to close: do not wait for it
      dead.close();
      this.#retryLater();
    } else this.send({ type: "beat" });
  }

  #leave() {
    const left = this.socket;
    this.socket = undefined;
    left?.close();
  }

  #retryLater() {
    const wait = this.backoff.next();
    this.timer = setTimeout(() => this.connect(), wait);
    this.retryAt = Date.now() + wait;
    this.#emit("lost", { retryAt: this.retryAt });
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
