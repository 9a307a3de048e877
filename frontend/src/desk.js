// The shell of every page: state bar, live stream, telephone, cards.
import { StateBar } from "./bar.js";
import { startBoard } from "./board.js";
import { startCampaigns } from "./campaigns.js";
import { Cards } from "./cards.js";
import { setServerTime } from "./clock.js";
import { ConnectionBanner } from "./connection.js";
import { startContacts } from "./contacts.js";
import { openCrm } from "./crm.js";
import { startDay } from "./day.js";
import { ask, startDialogs } from "./dialogs.js";
import * as drafts from "./drafts.js";
import { startHistory } from "./history.js";
import { startKeyboard } from "./keyboard.js";
import { Leadership } from "./leader.js";
import { LeadDesk } from "./lead.js";
import { LiveStream } from "./live.js";
import { closeMenus, startMenus } from "./menus.js";
import "./message-templates.js";
import "./plans.js";
import "./player.js";
import { post, showError } from "./requests.js";
import { Ringer, offerNotifications } from "./ringer.js";
import { settings } from "./settings.js";
import { asksToTalk, situation } from "./situation.js";
import { startSounds } from "./sounds.js";
import { _ } from "./strings.js";
import { Talking } from "./talking.js";
import { Telephone, askMicrophone, microphonePermission } from "./telephone.js";
import { toast } from "./toasts.js";
import { View } from "./view.js";

const PATIENCE = 5000; // milliseconds a ready operator may be without a telephone
const MICROPHONE_REFUSED = () => [
  _("The browser does not give this page the microphone."),
  _("Click the lock beside the address, allow the microphone, and press Ready again."),
];

const SILENT = () => [
  _("A call is coming in, and the browser keeps this page silent."),
  _("Click anywhere in the page once; from then on it rings aloud."),
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
    this.talking = new Talking(this);
    this.lead = new LeadDesk(this);
    for (const caller of [this.ringer, this.lead]) caller.addEventListener("silent", () => toast(...SILENT()));
    this.leadership.addEventListener("command", ({ detail: [name, ...how] }) => this.#commanded(name, how));
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
      case "crm":
        this.#openCrm(message);
        break;
      case "card_part":
        this.cards.fill(message);
        this.#named(message.call_id);
        break;
      case "parked":
        this.talking.parked.show(message.calls);
        break;
    }
  }

  #changed(agent) {
    const before = this.agent;
    this.agent = agent;
    const rings = agent.state === "ringing";
    const asked = asksToTalk(agent, this.expected);
    this.cards.setCurrent(agent.call, rings || agent.state === "preview");
    this.lead.show(agent, before);
    if (agent.role === "operator" && before?.call?.muted !== agent.call?.muted)
      this.phone?.setMuted(Boolean(agent.call?.muted));
    this.#showState();
    if (rings && !asked) this.ringer.start(agent.call.caller, agent.call.project, this.#calling());
    else this.ringer.stop();
    if (asked) this.phone?.answer();
    else if (!rings) this.phone?.forgetAnswer();
    if (agent.state === "talking" || (rings && agent.call.id !== this.expected)) this.expected = undefined;
    const fresh = before?.state !== agent.state;
    if (fresh && rings) closeMenus(); // nothing may lie over the call
    if (fresh && agent.state === "talking") {
      if (before) this.view.showDesk();
      this.cards.focus(agent.call.id);
    }
    if (fresh && before && !agent.call) this.cards.clear();
    if (!before) this.#recoverDrafts();
  }

  #showState() {
    if (!this.agent) return;
    this.bar.show(this.agent, this.telephone);
    this.talking.show(this.agent);
  }

  #showCard(message) {
    // Who listens in came from the board and wants to go on seeing it.
    if (!message.present && this.agent?.state !== "watching") this.view.showDesk();
    this.cards.add(message);
    this.lead.mark();
    this.#openCrm(message);
    const shown = () => this.live.send({ type: "shown", call_id: message.call_id });
    if (document.visibilityState === "visible") requestAnimationFrame(shown);
    else shown(); // a hidden tab paints no frames; its operator is called by sound
  }

  #openCrm(message) {
    const card = this.cards.cardOf(message.call_id);
    if (card) openCrm(card, message);
  }

  /** Who it is may have been found out after the state was told. */
  #named(callId) {
    const call = this.agent?.call;
    const title = call?.id === callId && this.cards.cardOf(callId)?.dataset.title;
    if (!title) return;
    call.caller = title;
    this.#showState();
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
  }

  /** What a tab wants of the one that leads: to expect the call just taken up, or something of the telephone. */
  #commanded(name, how) {
    if (name === "expect") [this.expected] = how;
    else this.phone?.[name](...how);
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
    this.#showState();
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

  /** How a call is told of: a desk phone rings itself, and one tab of several is enough. */
  #calling() {
    const { leading } = this.leadership;
    return { sound: leading && settings.telephone === "page", notify: leading };
  }

  // --- what the operator does -----------------------------------------------------------------------------

  primary() {
    if (this.bar.settling) return;
    const act = {
      ready: () => this.ready(),
      next: () => this.ready(),
      dial: () => this.lead.dial(),
      answer: () => this.answer(),
      "hang-up": () => this.hangUp(),
      complete: () => this.talking.consult("complete"),
      return: () => this.talking.consult("return"),
      leave: () => this.talking.leave(),
    };
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
    if (settings.telephone === "page" && !(await this.#hasMicrophone())) return;
    await post("/desk/ready");
  }

  answer() {
    if (this.agent.state === "ringing") this.leadership.command("answer");
  }

  /** End the call; in a consultation, only that. */
  async hangUp() {
    const now = situation(this.agent);
    if (now === "consulting") this.talking.consult("return");
    else if (now === "watching") this.talking.leave();
    else if (this.agent.state === "talking" || now === "calling") {
      // Should the server be away, the telephone itself still can.
      if (!(await post("/desk/hang-up")) && settings.telephone === "page") this.leadership.command("hangUp");
    }
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

function talkingKeys(talking) {
  return {
    mute: () => talking.mute(),
    hold: () => talking.hold(),
    transfer: () => talking.transfer(),
    park: () => talking.park(),
    more: () => talking.more(),
    recording: () => talking.recording(),
    call: () => talking.callTyped(),
    keypad: () => talking.keypad.toggle(),
    parked: () => talking.parked.open(),
    listen: () => talking.watch("listen"),
    whisper: () => talking.watch("whisper"),
    joinIn: () => talking.watch("barge"),
  };
}

function start() {
  const desk = new Desk();
  drafts.sweep();
  startMenus();
  startDialogs();
  offerNotifications();
  startHistory();
  startContacts();
  startBoard();
  startCampaigns();
  startDay();
  startSounds();
  startKeyboard({
    primary: () => desk.bar.action !== "hang-up" && desk.primary(),
    hangUp: () => desk.hangUp(),
    pause: () => desk.pauseMenu(),
    ...talkingKeys(desk.talking),
    save: () => visible("form.request, form.plan-form")?.requestSubmit(),
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
  // What a page asks by itself fails in silence: the banner says that the server is away.
  document.addEventListener("htmx:sendError", ({ target }) => "quiet" in target.dataset || showError(""));
  document.addEventListener("request-saved", ({ target }) => {
    const form = target.closest("form.request");
    if (form) drafts.forget(form.dataset.draft);
  });
  document.body.dataset.started = "true";
}

start();
