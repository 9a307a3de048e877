// Of several tabs of one operator exactly one holds the telephone; the others pass their key presses to it.
export class Leadership extends EventTarget {
  /**
   * Events: "gained" once this tab has become the one, "command" (detail: what a tab wants done, with its
   * arguments; only in the leading tab) and "news" (detail: how the telephone is; only in the others).
   */
  constructor(name) {
    super();
    this.leading = false;
    this.lastNews = undefined;
    this.channel = new BroadcastChannel(name);
    this.channel.onmessage = ({ data }) => this.#hear(data);
    this.channel.postMessage({ hello: true });
    // The lock is held for as long as this tab lives: the promise never settles.
    navigator.locks.request(name, () => {
      this.leading = true;
      this.#emit("gained");
      return new Promise(() => {});
    });
  }

  /** Have the leading tab do it (at once, if that is this one). */
  command(...command) {
    if (this.leading) this.#emit("command", command);
    else this.channel.postMessage({ command });
  }

  /** Tell the other tabs, present and to come, how the telephone is. */
  tell(news) {
    if (!this.leading) return;
    this.lastNews = news;
    this.channel.postMessage({ news });
  }

  #hear({ command, news, hello }) {
    if (this.leading && command) this.#emit("command", command);
    else if (this.leading && hello && this.lastNews) this.channel.postMessage({ news: this.lastNews });
    else if (!this.leading && news) this.#emit("news", news);
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
