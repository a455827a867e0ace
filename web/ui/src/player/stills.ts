import { fetchLive } from '@/api/live';
import { readRefusal, type Way, type WayEvents } from './state';

const EVERY_MS = 1_000;

/** Shows one JPEG a second: where nothing else plays, and for cameras that send only H.265. */
export class StillsWay implements Way {
  private isClosed = false;
  private shown: string | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly aborter = new AbortController();

  constructor(
    private readonly url: string,
    private readonly events: WayEvents,
    /** The refusal that left no video. */
    private readonly because?: string,
  ) {
    void this.next();
  }

  close(): void {
    this.isClosed = true;
    this.aborter.abort();
    clearTimeout(this.timer);
    if (this.shown !== undefined) URL.revokeObjectURL(this.shown);
  }

  private async next(): Promise<void> {
    const begunAt = performance.now();
    const answer = await fetchLive(this.url, this.aborter.signal);
    if (answer?.ok) this.show(await answer.blob(), delayOf(answer.headers));
    else if (answer !== undefined && !this.refuse(readRefusal(await answer.text(), answer.status))) return;
    else if (answer === undefined && !this.isClosed) return this.events.startOver();
    if (this.isClosed) return;
    this.timer = setTimeout(() => void this.next(), Math.max(100, EVERY_MS - (performance.now() - begunAt)));
  }

  /** Returns whether it is worth asking again. */
  private refuse(state: ReturnType<typeof readRefusal>): boolean {
    if (this.isClosed) return false;
    const willCome = state.kind === 'offline' || (state.kind === 'refused' && state.code === 'no_picture_yet');
    if (state.kind === 'offline') this.events.tell(state);
    if (!willCome && state.kind === 'refused') this.events.giveUp(state);
    return willCome;
  }

  private show(jpeg: Blob, delayS: number): void {
    if (this.isClosed) return;
    const before = this.shown;
    this.shown = URL.createObjectURL(jpeg);
    const why = this.because === undefined ? {} : { because: this.because };
    this.events.tell({ kind: 'stills', way: 'jpeg', url: this.shown, delayS, ...why });
    // the page may still show it while it takes the new one
    if (before !== undefined) setTimeout(() => URL.revokeObjectURL(before), EVERY_MS);
  }
}

/** The picture's age by the server's clock: this device's may be wrong. */
function delayOf(headers: Headers): number {
  const [taken, now] = [headers.get('x-picture-at'), headers.get('date')].map((text) => Date.parse(text ?? ''));
  const delayS = ((now ?? NaN) - (taken ?? NaN)) / 1000;
  return Number.isFinite(delayS) ? Math.max(0, delayS) : 0;
}
