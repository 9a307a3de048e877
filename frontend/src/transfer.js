// Passing a call on: Enter asks there first, Shift+Enter does not.
import { DestinationList } from "./destinations.js";

export class TransferDialog {
  /** `pass(to, attended)` is called with what was chosen. */
  constructor(pass) {
    this.pass = pass;
    this.dialog = document.getElementById("transfer-dialog");
    this.field = document.getElementById("transfer-search");
    const list = document.getElementById("transfer-found");
    this.destinations = new DestinationList(this.field, list);
    this.field.addEventListener("keydown", (event) => this.#key(event));
    list.addEventListener("dblclick", () => this.#go(true));
    this.attended = document.getElementById("transfer-attended");
    this.blind = document.getElementById("transfer-blind");
    this.attended.onclick = () => this.#go(true);
    this.blind.onclick = () => this.#go(false);
  }

  /** Open with `text` in the field. */
  open(text = "") {
    if (!this.dialog.open) this.dialog.showModal();
    this.destinations.start(text);
  }

  close() {
    this.dialog.close();
  }

  #key(event) {
    if (event.key !== "Enter") return;
    event.preventDefault();
    this.#go(!event.shiftKey);
  }

  async #go(attended) {
    const to = await this.destinations.chosenOne();
    if (!to || !this.dialog.open) return; // he thought better of it meanwhile
    this.close();
    this.pass(to, attended);
  }
}
