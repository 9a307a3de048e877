// Waiting times between attempts: doubling, capped, jittered so that a hundred desks do not return at once.
export class Backoff {
  constructor(first = 500, most = 10000) {
    this.first = first;
    this.most = most;
    this.reset();
  }

  reset() {
    this.ceiling = this.first;
  }

  /** Milliseconds to wait before the next attempt. */
  next() {
    const wait = this.ceiling * (0.5 + Math.random() / 2);
    this.ceiling = Math.min(this.most, this.ceiling * 2);
    return wait;
  }
}
