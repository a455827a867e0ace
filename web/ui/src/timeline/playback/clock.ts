import { nextFootage, type Span } from '../model';

export const RATES = [0.25, 0.5, 1, 2, 4, 8, 16] as const;
export type Rate = (typeof RATES)[number];

/** The clock may run ahead of the slowest picture by this much, times the rate, before it waits. */
export const MOST_AHEAD_MS = 400;

/** What one tick did. */
export interface Tick {
  position: number;
  /** The clock jumped over a time without footage. */
  jumped?: Span;
  /** There is no footage behind this. */
  hasEnded?: true;
}

/**
 * The one clock of all pictures. Pure: time comes in, the position comes out.
 *
 * It runs at its rate, waits for the slowest picture, and jumps where no camera has footage.
 */
export class PlaybackClock {
  private at: number;
  private last: number | undefined;
  private speed: Rate = 1;
  private running = false;

  constructor(position: number) {
    this.at = position;
  }

  get position(): number {
    return this.at;
  }
  get rate(): Rate {
    return this.speed;
  }
  get isPlaying(): boolean {
    return this.running;
  }

  play(): void {
    this.running = true;
    this.last = undefined;
  }
  pause(): void {
    this.running = false;
  }
  seek(position: number): void {
    this.at = position;
    this.last = undefined;
  }
  setRate(rate: Rate): void {
    this.speed = rate;
  }
  /** The next faster or slower rate. */
  rateBy(by: 1 | -1): Rate {
    return RATES[Math.min(RATES.length - 1, Math.max(0, RATES.indexOf(this.speed) + by))] ?? this.speed;
  }

  /**
   * Moves on to `now` (ms, any steady clock). `footage` is where any camera has pictures; `slowest` is where the
   * picture is that lags most, nothing while none is shown; while `isLoading` the clock stands.
   */
  tick(now: number, footage: readonly Span[], slowest: number | undefined, isLoading: boolean): Tick {
    const passed = this.last === undefined ? 0 : Math.max(0, now - this.last);
    this.last = now;
    if (!this.running || isLoading) return { position: this.at };
    // A tab that slept does not race through what it missed.
    const wanted = this.at + Math.min(passed, 500) * this.speed;
    const most = slowest === undefined ? wanted : slowest + MOST_AHEAD_MS * Math.max(1, this.speed);
    const next = Math.max(this.at, Math.min(wanted, most));
    const begins = nextFootage(footage, next);
    if (begins === undefined) {
      this.running = false;
      this.at =
        footage.length === 0 ? this.at : Math.max(this.at, Math.min(next, (footage[footage.length - 1] as Span).end));
      return { position: this.at, hasEnded: true };
    }
    this.at = begins;
    return begins > next ? { position: begins, jumped: { start: next, end: begins } } : { position: begins };
  }
}
