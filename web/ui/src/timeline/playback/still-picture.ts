import { Latest } from '../latest';
import type { Aim, Picture, PictureState, Source } from './picture';

/** A picture each half second of footage is as fine as stills get while playing. */
const EVERY_MS = 500;
const NEAR_MS = 40;

/** Shows stills where the browser cannot play the footage (H.265): the clock leads, the newest wish wins. */
export class StillPicture implements Picture {
  private shownAt: number | undefined;
  private askedAt: number | undefined;
  private now: PictureState = { kind: 'idle' };
  private readonly stills: Latest<number, Awaited<ReturnType<Source['still']>>>;

  constructor(
    private readonly image: HTMLImageElement,
    private readonly source: Source,
    private readonly onState: (state: PictureState) => void,
  ) {
    this.stills = new Latest(
      0,
      (at, signal) => source.still(at, signal),
      (answer, at) => this.take(answer, at),
    );
  }

  get state(): PictureState {
    return this.now;
  }
  /** Stills never lag the clock: there is nothing to wait for. */
  get at(): number | undefined {
    return undefined;
  }

  aim({ at, isPlaying, hasFootage }: Aim): void {
    if (!hasFootage) {
      this.stills.drop();
      this.askedAt = undefined;
      return this.say({ kind: 'gap' });
    }
    if (this.askedAt !== undefined && Math.abs(at - this.askedAt) < (isPlaying ? EVERY_MS : NEAR_MS)) return;
    // While one is on its way, playing waits for it; a seek does not.
    const isWaiting = this.askedAt !== undefined && this.askedAt !== this.shownAt && this.now.kind !== 'failed';
    if (isPlaying && isWaiting && Math.abs(at - (this.askedAt ?? at)) < 20 * EVERY_MS) return;
    this.askedAt = at;
    if (this.shownAt === undefined) this.say({ kind: 'loading' });
    this.stills.wish(at);
  }

  step(): Promise<number | undefined> {
    return Promise.resolve(undefined);
  }

  close(): void {
    this.stills.drop();
    if (this.image.src.startsWith('blob:')) URL.revokeObjectURL(this.image.src);
    this.image.removeAttribute('src');
  }

  private take(answer: Awaited<ReturnType<Source['still']>>, at: number): void {
    if (answer === undefined) return;
    if ('code' in answer) {
      if (answer.code === 'view_expired') this.source.expired();
      this.shownAt = at;
      return this.say(answer.code === 'no_footage' ? { kind: 'gap' } : { kind: 'failed', ...answer });
    }
    const old = this.image.src;
    this.image.src = answer.url;
    if (old.startsWith('blob:')) URL.revokeObjectURL(old);
    this.shownAt = at;
    this.say({ kind: 'shown' });
  }

  private say(state: PictureState): void {
    if (state.kind === this.now.kind && state.kind !== 'failed') return;
    this.now = state;
    this.onState(state);
  }
}
