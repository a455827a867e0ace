import { joined, nextFootage, spanAt, type Span } from '../model';
import { PlaybackClock, type Rate } from './clock';
import type { Picture } from './picture';

const TICK_MS = 50;
/** One slow camera of several holds the others up no longer than this. */
const PATIENCE_MS = 4_000;

export interface DeckListener {
  moved: (position: number) => void;
  changed: (state: { isPlaying: boolean; rate: Rate }) => void;
  /** The clock went over a time without footage. */
  jumped: (over: Span) => void;
  /** There is no footage from here on. */
  ended: (position: number) => void;
}

/** Several pictures on one clock. */
export class Deck {
  private readonly pictures = new Map<string, Picture>();
  private footage = new Map<string, readonly Span[]>();
  private all: Span[] = [];
  private readonly clock: PlaybackClock;
  private readonly timer: ReturnType<typeof setInterval>;
  private loadingSince: number | undefined;

  constructor(
    position: number,
    private readonly listener: DeckListener,
  ) {
    this.clock = new PlaybackClock(position);
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  get position(): number {
    return this.clock.position;
  }
  get isPlaying(): boolean {
    return this.clock.isPlaying;
  }
  get rate(): Rate {
    return this.clock.rate;
  }

  add(id: string, picture: Picture): void {
    this.remove(id);
    this.pictures.set(id, picture);
  }
  remove(id: string): void {
    this.pictures.get(id)?.close();
    this.pictures.delete(id);
  }

  /** Sets where each camera has footage: exact, sorted spans. */
  setFootage(footage: Map<string, readonly Span[]>): void {
    this.footage = footage;
    this.all = joined([...footage.values()].flat(), 0);
  }

  play(): void {
    this.clock.play();
    this.say();
  }
  pause(): void {
    this.clock.pause();
    this.say();
  }
  setRate(rate: Rate): void {
    this.clock.setRate(rate);
    this.say();
  }
  rateBy(by: 1 | -1): void {
    this.setRate(this.clock.rateBy(by));
  }

  /** Goes to a time; from a time without footage it goes on to the next, and says so. */
  seek(t: number): void {
    const next = this.all.length === 0 ? t : nextFootage(this.all, t);
    this.clock.seek(next ?? t);
    this.loadingSince = undefined;
    if (next === undefined) this.listener.ended(t);
    else if (next > t) this.listener.jumped({ start: t, end: next });
    this.listener.moved(this.clock.position);
    this.tick();
  }

  /** Steps one picture of the camera that leads; the others follow. */
  async frame(lead: string, by: 1 | -1): Promise<void> {
    this.pause();
    this.tick();
    const at = await this.pictures.get(lead)?.step(by);
    if (at === undefined) return;
    this.clock.seek(at);
    this.listener.moved(at);
  }

  close(): void {
    clearInterval(this.timer);
    for (const id of [...this.pictures.keys()]) this.remove(id);
  }

  private tick(): void {
    const now = performance.now();
    const wasPlaying = this.clock.isPlaying;
    const showing = [...this.pictures].filter(([id]) => this.has(id, this.clock.position));
    const tick = this.clock.tick(now, this.all, slowest(showing), this.isHeldUp(showing, now));
    for (const [id, picture] of this.pictures)
      picture.aim({
        at: tick.position,
        rate: this.clock.rate,
        isPlaying: this.clock.isPlaying,
        hasFootage: this.has(id, tick.position),
      });
    if (tick.jumped) this.listener.jumped(tick.jumped);
    if (tick.hasEnded) this.listener.ended(tick.position);
    if (wasPlaying) this.listener.moved(tick.position);
    if (wasPlaying !== this.clock.isPlaying) this.say();
  }

  private has(id: string, t: number): boolean {
    return spanAt(this.footage.get(id) ?? [], t) !== undefined;
  }

  /** Whether a picture still loads that the clock should wait for. */
  private isHeldUp(showing: readonly [string, Picture][], now: number): boolean {
    const loading = showing.filter(([, picture]) => picture.state.kind === 'loading' || picture.state.kind === 'idle');
    if (loading.length === 0) {
      this.loadingSince = undefined;
      return false;
    }
    this.loadingSince ??= now;
    return loading.length === showing.length || now - this.loadingSince < PATIENCE_MS;
  }

  private say(): void {
    this.listener.changed({ isPlaying: this.clock.isPlaying, rate: this.clock.rate });
  }
}

/** Where the picture is that lags most. */
function slowest(showing: readonly [string, Picture][]): number | undefined {
  const at = showing.flatMap(([, picture]) =>
    picture.state.kind === 'shown' && picture.at !== undefined ? [picture.at] : [],
  );
  return at.length === 0 ? undefined : Math.min(...at);
}
