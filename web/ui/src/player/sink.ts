import { Appender } from './appender';
import { attach } from './media-source';
import { steer } from './live-edge';

const KEEP_BEHIND_S = 8;
/** Each stall adds so much to the distance from the live edge; calm times take it away again, about 0.1 s a minute. */
const STALL_S = 0.06;
const MOST_MARGIN_S = 1;
const CALM_S = 0.0005;

/** One media source from one init segment: takes fragments, keeps playback at the live edge. */
export class Sink {
  private readonly release: () => void;
  private readonly source: MediaSource;
  private appender: Appender | undefined;
  private early: ArrayBuffer[] = [];
  private frameS = 0.04;
  private marginS = 0;
  private lastAt: number | undefined;
  private isClosed = false;

  constructor(
    private readonly video: HTMLVideoElement,
    Type: typeof MediaSource,
    private readonly codec: string,
    private readonly onTrouble: () => void,
  ) {
    const attached = attach(video, Type);
    this.source = attached.source;
    this.release = attached.release;
    this.source.addEventListener('sourceopen', this.open, { once: true });
    video.addEventListener('waiting', this.stalled);
  }

  /** Takes the init segment first, then fragments, in the order they came. */
  push(data: ArrayBuffer, nowMs: number): void {
    // A burst of the GOP cache says nothing about the pace.
    if (this.lastAt !== undefined) {
      const gapS = (nowMs - this.lastAt) / 1000;
      if (gapS > 0.015 && gapS < 2) this.frameS = 0.9 * this.frameS + 0.1 * gapS;
    }
    this.lastAt = nowMs;
    if (this.appender) this.appender.append(data);
    else this.early.push(data);
  }

  /** Brings playback to the live edge; returns the delay in seconds, or undefined before the first picture. */
  follow(): number | undefined {
    const { video } = this;
    const last = video.buffered.length - 1;
    if (this.isClosed || last < 0) return undefined;
    const end = video.buffered.end(last);
    const { frameS, marginS } = this;
    const move = steer({ current: video.currentTime, start: video.buffered.start(last), end, frameS, marginS });
    this.marginS = Math.max(0, marginS - CALM_S);
    if ('seek' in move) video.currentTime = move.seek;
    else if (video.playbackRate !== move.rate) video.playbackRate = move.rate;
    if (video.paused) void video.play().catch(() => undefined);
    this.appender?.trim(video.currentTime - KEEP_BEHIND_S);
    return Math.max(0, end - video.currentTime);
  }

  close(): void {
    this.isClosed = true;
    this.appender?.close();
    this.source.removeEventListener('sourceopen', this.open);
    this.video.removeEventListener('waiting', this.stalled);
    this.release();
  }

  private readonly stalled = () => {
    // before the first picture it waits for what has not come yet
    if (this.video.currentTime > 0) this.marginS = Math.min(MOST_MARGIN_S, this.marginS + STALL_S);
  };

  private readonly open = () => {
    if (this.isClosed) return;
    try {
      const buffer = this.source.addSourceBuffer(`video/mp4; codecs="${this.codec}"`);
      this.appender = new Appender(buffer, this.onTrouble, this.onTrouble);
      for (const data of this.early) this.appender.append(data);
      this.early = [];
    } catch {
      this.onTrouble();
    }
  };
}
