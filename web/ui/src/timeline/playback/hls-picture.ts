import Hls, { ErrorTypes, Events, type ErrorData, type LevelDetails } from 'hls.js/light';
import { MINUTE, SECOND, type Span } from '../model';
import { correction } from './follow';
import { MediaMap } from './media-map';
import type { Aim, Picture, PictureState, Source } from './picture';
import { stepFrame } from './step';

/** How much of the archive one playlist names, before and after where it is asked for. */
const BEFORE_MS = 30 * SECOND;
const AFTER_MS = 15 * MINUTE;
/** After a failure, and where the archive said footage but the playlist has none, ask again this late. */
const AGAIN_MS = 4 * SECOND;
/** Faster than this, single pictures on the way are not worth asking for. */
const POSTER_RATE = 2;
/** Nothing is on its way for so long, and yet the picture is not there: it will not come by itself. */
const STUCK_MS = 2_000;
/** A fragment that nothing was heard of for so long is not on its way: hls.js drops a load without a word when it seeks. */
const LOST_MS = 12_000;
/** What is loaded may begin so much later than the list says. */
const HOLE_S = 0.3;
/** The newest footage grows file by file: a playlist that ended is asked for again, but not faster than this. */
const SOONEST_MS = SECOND;

const QUICK = {
  maxTimeToFirstByteMs: 8_000,
  maxLoadTimeMs: 30_000,
  timeoutRetry: { maxNumRetry: 1, retryDelayMs: 0, maxRetryDelayMs: 0 },
  errorRetry: { maxNumRetry: 1, retryDelayMs: 300, maxRetryDelayMs: 1_000 },
};

/** Plays archived footage of one camera in a video element, wherever the clock says. */
export class HlsPicture implements Picture {
  private hls: Hls | undefined;
  private map = new MediaMap([]);
  /** What the loaded playlist was asked for; gaps at its ends belong to it. */
  private asked: Span | undefined;
  private isLoadingList = false;
  private wanted: Aim | undefined;
  private seekingTo: number | undefined;
  private triedAt = -Infinity;
  private now: PictureState = { kind: 'idle' };
  private loaded = { bytes: 0, seconds: 0 };
  /** Time on the medium of the picture on screen. */
  private shownS: number | undefined;
  private noting: number;
  /** Since when a fragment is being fetched. */
  private fetchingSince: number | undefined;
  private quietSince = 0;
  /** This second of the medium is not loaded though its fragment is: what follows it is shown. */
  private hole: number | undefined;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly source: Source,
    private readonly onState: (state: PictureState) => void,
    /** The picture of this time must be fetched before it can be shown. */
    private readonly onFetch: (at: number) => void = () => undefined,
  ) {
    video.muted = true;
    video.preservesPitch = false;
    const note: VideoFrameRequestCallback = (_now, { mediaTime }) => {
      this.shownS = mediaTime;
      this.noting = video.requestVideoFrameCallback(note);
    };
    this.noting = video.requestVideoFrameCallback(note);
  }

  get state(): PictureState {
    return this.now;
  }

  get at(): number | undefined {
    if (this.map.isEmpty || this.video.readyState < 1) return undefined;
    return this.map.timeAt(this.seekingTo ?? this.video.currentTime);
  }

  /** Mean size of a second of footage, of what was loaded so far. */
  get bytesPerSecond(): number | undefined {
    return this.loaded.seconds > 0 ? this.loaded.bytes / this.loaded.seconds : undefined;
  }

  aim(aim: Aim): void {
    this.wanted = aim;
    if (!aim.hasFootage) return this.rest({ kind: 'gap' });
    const mediaS = this.map.mediaAt(aim.at);
    if (mediaS === undefined) return this.loadAround(aim);
    this.follow(aim, mediaS);
  }

  async step(by: 1 | -1): Promise<number | undefined> {
    this.video.pause();
    return this.map.timeAt(await stepFrame(this.video, by, this.shownS ?? this.video.currentTime));
  }

  close(): void {
    this.video.cancelVideoFrameCallback(this.noting);
    this.hls?.destroy();
    this.hls = undefined;
    this.map = new MediaMap([]);
    this.video.removeAttribute('src');
    this.video.load();
  }

  private follow(aim: Aim, mediaS: number): void {
    const { video } = this;
    if (this.seekingTo !== undefined && !video.seeking) this.seekingTo = undefined;
    const at = this.at ?? aim.at;
    const act = correction(at, aim.at, aim.rate, aim.isPlaying);
    if (act.kind === 'seek' && mediaS !== this.hole) this.seek(mediaS);
    else if (act.kind === 'rate' && video.playbackRate !== act.rate) video.playbackRate = act.rate;
    const isThere = video.readyState >= 2 && !video.seeking;
    if (aim.isPlaying && video.paused && isThere) void video.play().catch(() => undefined);
    if (!aim.isPlaying && !video.paused) video.pause();
    this.say({ kind: isThere ? 'shown' : 'loading' });
    const now = performance.now();
    const isOnItsWay = this.fetchingSince !== undefined && now - this.fetchingSince < LOST_MS;
    if (isThere || isOnItsWay) this.quietSince = now;
    else if (now - this.quietSince > STUCK_MS) this.unstick(mediaS);
  }

  /** Shows what begins a moment later, or opens the list anew. */
  private unstick(mediaS: number): void {
    this.quietSince = performance.now();
    const { buffered, currentTime } = this.video;
    const starts = Array.from({ length: buffered.length }, (_, i) => buffered.start(i));
    const next = starts.find((start) => start > currentTime && start - currentTime < HOLE_S);
    if (next === undefined) {
      this.map = new MediaMap([]);
      this.asked = undefined;
    } else {
      this.hole = mediaS;
      this.video.currentTime = next + 0.001;
      this.seekingTo = next + 0.001;
    }
  }

  /** One seek at a time: a new one only when the wish has moved on. */
  private seek(mediaS: number): void {
    if (this.seekingTo !== undefined && Math.abs(this.seekingTo - mediaS) < 0.4) return;
    this.seekingTo = mediaS;
    // The one on screen is on its way out: a step must not count from it.
    this.shownS = undefined;
    // hls.js moves an element that plays over a hole to what is loaded behind it: here the hole is what was asked for.
    this.video.pause();
    this.video.currentTime = mediaS;
    if (!this.isBuffered(mediaS)) this.fetching();
  }

  private isBuffered(mediaS: number): boolean {
    const { buffered } = this.video;
    for (let i = 0; i < buffered.length; i += 1)
      if (buffered.start(i) <= mediaS && mediaS < buffered.end(i)) return true;
    return false;
  }

  private fetching(): void {
    if (this.wanted && this.wanted.rate <= POSTER_RATE) this.onFetch(this.wanted.at);
  }

  private loadAround({ at }: Aim): void {
    if (this.isLoadingList) return this.say({ kind: 'loading' });
    // The playlist covers this time and has nothing there: the archive has changed, or the end is near.
    const isKnownEmpty = this.asked !== undefined && this.asked.start <= at && at < this.asked.end;
    if ((isKnownEmpty || this.now.kind === 'failed') && performance.now() - this.triedAt < AGAIN_MS)
      return this.now.kind === 'failed' ? undefined : this.rest({ kind: 'gap' });
    const isAtEnd = this.asked !== undefined && at >= this.asked.end && at - this.asked.end < AFTER_MS;
    if (isAtEnd && performance.now() - this.triedAt < SOONEST_MS) return this.say({ kind: 'loading' });
    const { range } = this.source;
    const asked = { start: Math.max(range.start, at - BEFORE_MS), end: Math.min(range.end, at + AFTER_MS) };
    this.asked = asked;
    this.triedAt = performance.now();
    this.isLoadingList = true;
    this.seekingTo = undefined;
    this.say({ kind: 'loading' });
    this.fetching();
    this.open(this.source.playlistUrl(asked.start, asked.end));
  }

  private open(url: string): void {
    this.hls?.destroy();
    this.map = new MediaMap([]);
    const hls = new Hls({
      autoStartLoad: false,
      // Fragments are passed through as they are: a worker would only add its start.
      enableWorker: false,
      maxBufferLength: 20,
      maxMaxBufferLength: 60,
      backBufferLength: 20,
      fragLoadPolicy: { default: QUICK },
      playlistLoadPolicy: { default: QUICK },
      manifestLoadPolicy: { default: QUICK },
    });
    this.hls = hls;
    this.fetchingSince = undefined;
    this.hole = undefined;
    this.quietSince = performance.now();
    hls.on(Events.LEVEL_LOADED, (_name, { details }) => this.onList(hls, details));
    hls.on(Events.LEVEL_PTS_UPDATED, (_name, { details }) => this.chart(details));
    hls.on(Events.FRAG_LOADING, () => (this.fetchingSince = performance.now()));
    hls.on(Events.FRAG_BUFFERED, () => (this.fetchingSince = undefined));
    hls.on(Events.FRAG_LOADED, (_name, { frag }) => {
      if (typeof frag.sn !== 'number') return;
      this.loaded.bytes += frag.stats.loaded;
      this.loaded.seconds += frag.duration;
    });
    hls.on(Events.ERROR, (_name, data) => this.onError(hls, data));
    hls.attachMedia(this.video);
    hls.loadSource(url);
  }

  private onList(hls: Hls, details: LevelDetails): void {
    this.isLoadingList = false;
    this.chart(details);
    const end = this.map.range?.end;
    if (this.asked !== undefined && end !== undefined) this.asked.end = Math.min(this.asked.end, end);
    const mediaS = this.wanted && this.map.mediaAt(this.wanted.at);
    if (mediaS === undefined) return;
    hls.startLoad(mediaS);
    this.seekingTo = undefined;
  }

  private chart(details: LevelDetails): void {
    this.map = new MediaMap(
      details.fragments.flatMap(({ start, duration, programDateTime }) =>
        programDateTime === null ? [] : [{ mediaStart: start, durationS: duration, startsAt: programDateTime }],
      ),
    );
  }

  private onError(hls: Hls, data: ErrorData): void {
    if (data.frag) this.fetchingSince = undefined;
    if (!data.fatal || hls !== this.hls) return;
    if (data.type === ErrorTypes.MEDIA_ERROR && this.now.kind !== 'failed') {
      hls.recoverMediaError();
      return;
    }
    const status = data.response?.code ?? 0;
    this.isLoadingList = false;
    this.triedAt = performance.now();
    this.map = new MediaMap([]);
    hls.destroy();
    this.hls = undefined;
    const isList = data.frag === undefined;
    if (isList && status === 404) return this.rest({ kind: 'gap' });
    if (isList && status === 410) this.source.expired();
    this.rest({ kind: 'failed', code: codeOf(status, isList), status });
  }

  private rest(state: PictureState): void {
    if (!this.video.paused) this.video.pause();
    this.say(state);
  }

  private say(state: PictureState): void {
    if (state.kind === this.now.kind && state.kind !== 'failed') return;
    this.now = state;
    this.onState(state);
  }
}

function codeOf(status: number, isList: boolean): string {
  if (status === 0) return 'unreachable';
  if (status === 410) return isList ? 'view_expired' : 'file_damaged';
  return status === 503 ? 'no_gateway' : `http_${status}`;
}
