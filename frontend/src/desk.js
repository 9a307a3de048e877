// The shell of every page: state bar, live stream, telephone, cards.
import { StateBar } from "./bar.js";
import { Cards } from "./cards.js";
import { setServerTime } from "./clock.js";
import { ConnectionBanner } from "./connection.js";
import { openCrm } from "./crm.js";
import { ask } from "./dialogs.js";
import * as drafts from "./drafts.js";
import { startHistory } from "./history.js";
import { startKeyboard } from "./keyboard.js";
import { Leadership } from "./leader.js";
import { LiveStream } from "./live.js";
import { startMenus } from "./menus.js";
import "./player.js";
import { post, showError } from "./requests.js";
import { Ringer } from "./ringer.js";
import { settings } from "./settings.js";
import { startSounds } from "./sounds.js";
import { _ } from "./strings.js";
import { Telephone, askMicrophone, microphonePermission } from "./telephone.js";
import { toast } from "./toasts.js";
import { View } from "./view.js";

const PATIENCE = 5000; // milliseconds a ready operator may be without a telephone
const MICROPHONE_REFUSED = () => [
  _("The browser does not give this page the microphone."),
  _("Click the lock beside the address, allow the microphone, and press Ready again."),
];

class Desk {
  constructor() {
    this.bar = new StateBar();
    this.cards = new Cards();
    this.view = new View();
    this.ringer = new Ringer();
    this.live = new LiveStream("/desk/live");
    this.banner = new ConnectionBanner(this.live);
    this.leadership = new Leadership(`telemarket-telephone-${settings.user}`);
    this.telephone = { state: settings.telephone === "page" ? "connecting" : "desk-phone", reason: "", muted: false };
    this.live.addEventListener("message", ({ detail }) => this.#receive(detail));
    this.live.addEventListener("open", () => this.#tellPresence());
    if (settings.telephone === "page") this.#startTelephone();
    this.live.connect();
  }

  // --- what the server says -------------------------------------------------------------------------------

  #receive(message) {
    switch (message.type) {
      case "state":
        setServerTime(message.now);
        this.#changed(message.agent);
        break;
      case "card":
        this.#showCard(message);
        break;
      case "card_part":
        this.cards.fill(message);
        break;
    }
  }

  #changed(agent) {
    const before = this.agent;
    this.agent = agent;
    const ringing = agent.state === "ringing";
    this.cards.setCurrent(agent.call, ringing);
    this.bar.show(agent, this.telephone);
    if (ringing) this.ringer.start(agent.call.caller, agent.call.project, this.#sounds());
    else this.ringer.stop();
    if (!ringing) this.phone?.forgetAnswer();
    const fresh = before?.state !== agent.state;
    if (fresh && agent.state === "talking") {
      if (before) this.view.showDesk();
      this.cards.focus(agent.call.id);
    }
    if (fresh && before && !agent.call) this.cards.clear();
    if (!before) this.#recoverDrafts();
  }

  #showCard(message) {
    if (!message.present) this.view.showDesk();
    this.cards.add(message);
    const card = this.cards.cardOf(message.call_id);
    openCrm(card, message);
    const shown = () => this.live.send({ type: "shown", call_id: message.call_id });
    if (document.visibilityState === "visible") requestAnimationFrame(shown);
    else shown(); // a hidden tab paints no frames; its operator is called by sound
  }

  /** Cards of calls that are over but whose notes were never saved come back after a reload. */
  async #recoverDrafts() {
    for (const callId of drafts.calls()) {
      if (this.cards.cardOf(callId)) continue;
      const response = await fetch(`/desk/cards/${encodeURIComponent(callId)}`, { headers: { "HX-Request": "true" } });
      if (response.ok) this.cards.add({ call_id: callId, html: await response.text() });
    }
  }

  // --- the telephone --------------------------------------------------------------------------------------

  #startTelephone() {
    this.telephone.elsewhere = true;
    this.leadership.addEventListener("gained", () => this.#holdTelephone());
    this.leadership.addEventListener("news", ({ detail }) => this.#telephoneIs({ ...detail, elsewhere: true }));
    this.leadership.addEventListener("command", ({ detail }) => this.phone[detail]());
  }

  #holdTelephone() {
    this.phone = new Telephone(document.getElementById("remote-audio"));
    const tell = () => {
      this.#telephoneIs({ ...this.phone.status, muted: this.phone.muted, call: this.phone.call, elsewhere: false });
      this.leadership.tell(this.telephone);
    };
    this.phone.addEventListener("status", tell);
    this.phone.addEventListener("call", tell);
    this.phone.addEventListener("no-microphone", () => toast(...MICROPHONE_REFUSED()));
    tell();
    this.phone.start();
  }

  #telephoneIs(telephone) {
    const settled = this.telephone.state === "connecting" && telephone.state !== "connecting";
    this.telephone = telephone;
    if (settled) this.#tellPresence();
    document.body.dataset.telephone = telephone.state;
    document.body.dataset.telephoneCall = telephone.call;
    if (this.agent) this.bar.show(this.agent, telephone);
    if (telephone.state === "ready") {
      clearTimeout(this.pausing);
      this.pausing = undefined;
    } else if (telephone.state === "lost") {
      this.pausing ??= setTimeout(() => this.#pauseWithoutTelephone(), PATIENCE);
    }
  }

  /** A page with a telephone can be sent calls once it knows how that is; a desk phone needs no page to ring. */
  #tellPresence() {
    if (settings.telephone === "page" && this.telephone.state !== "connecting") this.live.send({ type: "present" });
  }

  /** Calls would ring where nobody can answer: take no more of them. */
  #pauseWithoutTelephone() {
    if (this.leadership.leading && this.agent?.state === "ready") post("/desk/pause", { reason: "telephone" });
  }

  #sounds() {
    return settings.telephone === "page" && this.leadership.leading;
  }

  // --- what the operator does -----------------------------------------------------------------------------

  primary() {
    if (this.bar.settling) return;
    const act = { ready: () => this.ready(), answer: () => this.answer(), "hang-up": () => this.hangUp() };
    act[this.bar.action]?.();
  }

  async ready() {
    if (this.telephone.state === "lost" || this.telephone.state === "connecting") {
      toast(
        _("You cannot be ready yet: the telephone is not connected."),
        this.telephone.reason || _("Wait a moment; it connects by itself."),
      );
      return;
    }
    this.ringer.allowSound();
    if (settings.telephone === "page" && !(await this.#hasMicrophone())) return;
    await post("/desk/ready");
  }

  answer() {
    if (this.agent.state === "ringing") this.leadership.command("answer");
  }

  async hangUp() {
    if (this.agent.state !== "talking") return;
    // Should the server be away, the telephone itself still can.
    if (!(await post("/desk/hang-up")) && settings.telephone === "page") this.leadership.command("hangUp");
  }

  mute() {
    if (settings.telephone === "page") this.leadership.command("toggleMute");
  }

  pauseMenu() {
    const menu = document.getElementById("pause-menu");
    if (menu.hidden) return;
    menu.open = true;
    menu.querySelector(".menu-items button")?.focus();
  }

  async #hasMicrophone() {
    let permission = await microphonePermission();
    if (permission === "prompt") {
      if ((await ask("microphone-dialog")) !== "go") return false;
      permission = await askMicrophone();
    }
    if (permission === "missing") {
      toast(_("No microphone was found."), _("Plug in a headset and press Ready again."));
    } else if (permission === "denied") toast(...MICROPHONE_REFUSED());
    return permission === "granted";
  }
}

function visible(selector) {
  return [...document.querySelectorAll(selector)].find((element) => element.offsetParent !== null);
}

function start() {
  const desk = new Desk();
  drafts.sweep();
  startMenus();
  startHistory();
  startSounds();
  startKeyboard({
    primary: () => desk.bar.action !== "hang-up" && desk.primary(),
    hangUp: () => desk.hangUp(),
    pause: () => desk.pauseMenu(),
    mute: () => desk.mute(),
    save: () => visible("form.request")?.requestSubmit(),
    note: () => visible("[data-note]")?.focus(),
    topic: () => visible("form.request [name=topic_id]")?.focus(),
    history: () => {
      visible('[data-show="history"]')?.click();
      visible("[data-history-search]")?.focus();
    },
    edit: () => visible("[data-edit-contact]")?.click(),
    search: () => desk.view.open("/contacts"),
    desk: () => desk.view.showDesk(),
    previousCard: () => desk.cards.turn(-1),
    nextCard: () => desk.cards.turn(1),
    leaveField: () => document.activeElement.blur(),
    help: () => document.getElementById("shortcuts-dialog").showModal(),
  });
  const onClick = (id, act) => document.getElementById(id)?.addEventListener("click", act);
  onClick("primary-action", () => desk.primary());
  onClick("mute", () => desk.mute());
  onClick("go-offline", () => post("/desk/offline"));
  onClick("show-shortcuts", () => document.getElementById("shortcuts-dialog").showModal());
  document.getElementById("pause-menu").addEventListener("click", ({ target }) => {
    const reason = target.closest("[data-reason]")?.dataset.reason;
    if (reason) post("/desk/pause", { reason });
  });
  document.getElementById("demo-call")?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const placed = await post("/demo/call", drafts.fieldsOf(event.target));
    if (placed) toast(_("The test call is on its way."), "", "done");
  });
  document.addEventListener("submit", ({ target }) => target.id === "sign-out-form" && drafts.sweep({ all: true }));
  document.addEventListener("htmx:responseError", ({ detail }) => showError(detail.xhr.responseText, detail.elt));
  document.addEventListener("htmx:sendError", () => showError(""));
  document.addEventListener("request-saved", ({ target }) => {
    const form = target.closest("form.request");
    if (form) drafts.forget(form.dataset.draft);
  });
  document.body.dataset.started = "true";
}

start();
