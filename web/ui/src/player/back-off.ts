/** Pauses between attempts: 1 s doubling to 30 s, each shortened by up to half so that viewers do not return in step. */
export class BackOff {
  private attempts = 0;
  constructor(private readonly random: () => number = Math.random) {}

  /** Returns the next pause in milliseconds. */
  next(): number {
    const full = Math.min(30_000, 1_000 * 2 ** this.attempts);
    this.attempts += 1;
    return full * (1 - this.random() / 2);
  }

  reset(): void {
    this.attempts = 0;
  }
}
