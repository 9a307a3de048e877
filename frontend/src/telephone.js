// The page as a telephone: JsSIP over a WebSocket, one call at a time, answered by the page's own button, or at once if
// the exchange asks for it: then somebody is on the line.
import JsSIP from "jssip";
import { Backoff } from "./backoff.js";
import { _ } from "./strings.js";

const GATHERING = 150; // milliseconds after the first candidate within which more may come
const MEDIA = { audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true }, video: false };

export class Telephone extends EventTarget {
  /** Events: "status" and "call", both without detail: read `status`, `call` and `muted`. */
  constructor(audio) {
    super();
    this.audio = audio;
    this.status = { state: "connecting", reason: "" }; // connecting | ready | lost
    this.call = "none"; // none | ringing | talking
    this.muted = false;
    this.backoff = new Backoff(1000, 30000);
  }

  /** Fetch the account and register; keeps trying until it has one. */
  async start() {
    try {
      const response = await fetch("/desk/telephone", { method: "POST", headers: { Accept: "application/json" } });
      const account = await response.json();
      if (!response.ok) throw new Error(account.message);
      this.#register(account);
    } catch (error) {
      this.#setStatus("lost", error instanceof TypeError ? _("no answer from the server") : error.message);
      setTimeout(() => this.start(), this.backoff.next());
    }
  }

  /** Take the ringing call, or the next one to ring if it has not reached this page yet. */
  async answer() {
    this.wanted = true;
    const session = this.session;
    if (this.call !== "ringing" || session === this.answering) return; // a second click must not spoil the first
    this.wanted = false;
    this.answering = session;
    let mediaStream;
    try {
      mediaStream = await this.microphone;
    } catch {
      if (!session.isEnded()) session.terminate({ status_code: 480 });
      this.dispatchEvent(new Event("no-microphone"));
      return;
    }
    if (!session.isEnded()) session.answer({ mediaStream, pcConfig: { iceServers: [] } });
  }

  /** Do not answer a call that has yet to come. */
  forgetAnswer() {
    this.wanted = false;
  }

  hangUp() {
    if (this.session && !this.session.isEnded()) this.session.terminate();
  }

  /** Shut the microphone, or open it. */
  setMuted(on) {
    if (this.call !== "talking" || this.muted === on) return;
    if (on) this.session.mute({ audio: true });
    else this.session.unmute({ audio: true });
    this.muted = on;
    this.dispatchEvent(new Event("call"));
  }

  #register({ uri, password, websocket_url: url }) {
    const agent = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(url)],
      uri,
      password,
      register_expires: 120,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 8,
    });
    agent.on("registered", () => this.#setStatus("ready"));
    agent.on("disconnected", () => this.#setStatus("lost", _("the exchange cannot be reached")));
    agent.on("unregistered", () => this.#setStatus("lost", _("the exchange signed this telephone out")));
    agent.on("registrationFailed", ({ cause }) =>
      this.#setStatus("lost", _("the exchange refused this telephone (%(cause)s)", { cause })),
    );
    agent.on("newRTCSession", ({ session, request }) => this.#incoming(session, request));
    addEventListener("beforeunload", (event) => this.call === "talking" && event.preventDefault());
    // A call that still rings is not refused: the server passes it on as soon as the page is gone.
    addEventListener("pagehide", () => this.call === "talking" && this.hangUp());
    agent.start();
  }

  #incoming(session, request) {
    if (session.direction !== "incoming") return;
    if (this.session) {
      session.terminate({ status_code: 486 });
      return;
    }
    this.session = session;
    this.muted = false;
    // The microphone is opened while it rings, so that the first word is not lost.
    this.microphone = navigator.mediaDevices.getUserMedia(MEDIA);
    this.microphone.catch(() => {}); // told when he answers
    session.on("peerconnection", ({ peerconnection }) => {
      peerconnection.addEventListener("track", ({ streams }) => {
        this.audio.srcObject = streams[0];
      });
    });
    let gathering;
    session.on("icecandidate", ({ ready }) => {
      gathering ??= setTimeout(ready, GATHERING);
    });
    session.on("confirmed", () => this.#setCall("talking"));
    session.on("ended", () => this.#over());
    session.on("failed", () => this.#over());
    this.#setCall("ringing");
    if (this.wanted || asksToAnswer(request)) this.answer();
  }

  #over() {
    const opened = this.microphone;
    this.session = this.microphone = undefined;
    this.audio.srcObject = null;
    this.#setCall("none");
    opened.then((stream) => stream.getTracks().forEach((track) => track.stop())).catch(() => {});
  }

  #setCall(call) {
    this.call = call;
    this.dispatchEvent(new Event("call"));
  }

  #setStatus(state, reason = "") {
    this.status = { state, reason };
    this.dispatchEvent(new Event("status"));
  }
}

/** Whether the call asks the telephone to answer by itself. */
function asksToAnswer(request) {
  const asked = `${request.getHeader("Call-Info")} ${request.getHeader("Alert-Info")}`;
  return /answer-after=0|alert-autoanswer/i.test(asked);
}

/** "granted", "denied", "prompt" or "missing" (no microphone, or a page that may not use one). */
export async function microphonePermission() {
  if (!navigator.mediaDevices) return "missing";
  try {
    return (await navigator.permissions.query({ name: "microphone" })).state;
  } catch {
    return "prompt"; // browsers that cannot be asked beforehand
  }
}

/** Ask the browser for the microphone: "granted", "denied" or "missing". */
export async function askMicrophone() {
  try {
    const stream = await navigator.mediaDevices.getUserMedia(MEDIA);
    stream.getTracks().forEach((track) => track.stop());
    return "granted";
  } catch (error) {
    return error.name === "NotFoundError" ? "missing" : "denied";
  }
}
