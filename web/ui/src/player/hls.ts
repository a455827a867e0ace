import type Hls from 'hls.js/light';
import { fetchLive } from '@/api/live';
import { LATE_S, steer } from './live-edge';
import { mediaSourceType } from './media-source';
import { NO_VIDEO, readRefusal, type Way, type WayEvents } from './state';

const FOLLOW_MS = 250;
/** Length of a part, which arrives as a whole. */
const PART_S = 0.2;
/** Kept from the edge besides a part; each stall adds to it, calm times take it away again, about 0.1 s a minute. */
const LEAST_MARGIN_S = 0.2;
const MOST_MARGIN_S = 2;
const STALL_S = 0.15;
const CALM_S = 0.0004;
/** A ticket lives five minutes or longer. */
const RENEW_MS = 240_000;
/** Nothing new on screen for this long: begin anew. */
const STUCK_MS = 12_000;
/** Nothing new on screen for this long: perhaps the camera is lost. */
const DOUBT_MS = 2_000;
/** A lost camera is asked for again this often. */
const AGAIN_MS = 2_000;
const NATIVE = 'application/vnd.apple.mpegurl';
const TICKET = /\/live\/[^/]+\//;

/** Plays one camera as LL-HLS: where WebSockets do not come through, and on phones without media source extensions. */
export class HlsWay implements Way {
  private hls: Hls | undefined;
  private ticket = '';
  private list = '';
  private isClosed = false;
  private readonly timers: ReturnType<typeof setInterval>[] = [];
  private readonly aborter = new AbortController();
  private movedAt = performance.now();
  private lastTime = -1;
  private doubtAt = 0;
  private marginS = LEAST_MARGIN_S;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly address: string,
    private readonly events: WayEvents,
  ) {
    void this.begin();
  }

  close(): void {
    this.isClosed = true;
    this.video.removeEventListener('waiting', this.stalled);
    this.video.playbackRate = 1;
    this.aborter.abort();
    this.timers.forEach((timer) => clearInterval(timer));
    this.hls?.destroy();
    this.hls = undefined;
    this.video.onerror = null;
    if (this.video.src !== '') {
      this.video.removeAttribute('src');
      this.video.load();
    }
  }

  private async begin(): Promise<void> {
    const playlist = await this.playlist();
    if (playlist === undefined) return;
    this.list = playlist;
    if (mediaSourceType() !== undefined) await this.playWithLibrary(playlist);
    else if (this.video.canPlayType(NATIVE) !== '') this.playNatively(playlist);
    else return this.events.giveUp({ kind: 'refused', code: 'no_media_source', message: '' });
    if (this.isClosed) return;
    this.timers.push(
      setInterval(this.follow, FOLLOW_MS),
      setInterval(() => void this.playlist(), RENEW_MS),
    );
  }

  /** Asks for an address with a new ticket. */
  private async playlist(): Promise<string | undefined> {
    const answer = await this.get(this.address);
    if (answer === undefined || this.isClosed) return undefined;
    if (!answer.ok) return this.refused(answer.text, answer.status);
    const { playlist } = JSON.parse(answer.text) as { playlist: string };
    this.ticket = TICKET.exec(playlist)?.[0] ?? '';
    return playlist;
  }

  private async get(url: string): Promise<{ ok: boolean; status: number; text: string } | undefined> {
    const response = await fetchLive(url, this.aborter.signal);
    const text = await response?.text().catch(() => undefined);
    if (response !== undefined && text !== undefined) return { ok: response.ok, status: response.status, text };
    if (!this.isClosed) this.events.startOver();
    return undefined;
  }

  private refused(text: string, status: number): undefined {
    const state = readRefusal(text, status);
    if (state.kind === 'refused' && NO_VIDEO.has(state.code)) this.events.giveUp(state);
    else this.events.startOver(state);
    return undefined;
  }

  private playNatively(playlist: string): void {
    const { video } = this;
    video.onerror = () => void this.ask(playlist);
    video.src = playlist;
    void video.play().catch(() => undefined);
  }

  private async playWithLibrary(playlist: string): Promise<void> {
    const { default: Library, Events } = await import('hls.js/light');
    if (this.isClosed) return;
    const once = {
      maxTimeToFirstByteMs: 10_000,
      maxLoadTimeMs: 20_000,
      timeoutRetry: null,
      // a piece that a cache lost is asked for again, a refusal is read at once
      errorRetry: { maxNumRetry: 1, retryDelayMs: 300, maxRetryDelayMs: 300 },
    };
    const hls = new Library({
      lowLatencyMode: true,
      // fragments are passed through as they are: a worker would only add its start
      enableWorker: false,
      backBufferLength: 8,
      // it hurries only with a second in hand, which is later than need be: `follow` does that
      maxLiveSyncPlaybackRate: 1,
      liveSyncDuration: 0.45,
      liveMaxLatencyDuration: 5,
      playlistLoadPolicy: { default: once },
      manifestLoadPolicy: { default: once },
      // the ticket in the path is renewed while it plays
      xhrSetup: (xhr, url) => xhr.open('GET', url.replace(TICKET, this.ticket), true),
    });
    this.hls = hls;
    let hasRecovered = false;
    hls.on(Events.ERROR, (_name, data) => {
      if (!data.fatal || this.isClosed) return;
      if (data.type === Library.ErrorTypes.MEDIA_ERROR && !hasRecovered) {
        hasRecovered = true;
        hls.recoverMediaError();
      } else void this.ask(playlist);
    });
    this.video.addEventListener('waiting', this.stalled);
    hls.attachMedia(this.video);
    hls.loadSource(playlist);
  }

  /** After a failure: asks why, and until the camera is back. */
  private async ask(playlist: string): Promise<void> {
    this.hls?.destroy();
    this.hls = undefined;
    const answer = await this.get(playlist.replace(TICKET, this.ticket));
    if (answer === undefined || this.isClosed) return;
    const state = answer.ok ? undefined : readRefusal(answer.text, answer.status);
    if (state?.kind === 'offline') {
      this.events.tell(state);
      this.timers.push(setTimeout(() => void this.ask(playlist), AGAIN_MS));
    } else if (state?.kind === 'refused' && NO_VIDEO.has(state.code)) this.events.giveUp(state);
    else this.events.startOver();
  }

  /** Nothing moves: asks whether the camera is lost, without disturbing what may still come. */
  private async doubt(): Promise<void> {
    this.doubtAt = performance.now();
    const answer = await this.get(this.list.replace(TICKET, this.ticket));
    if (answer !== undefined && !answer.ok && !this.isClosed) void this.ask(this.list);
  }

  private readonly stalled = () => {
    // before the first picture it waits for what has not come yet
    if (this.lastTime > 0) this.marginS = Math.min(MOST_MARGIN_S, this.marginS + STALL_S);
  };

  /** Brings playback to the live edge. */
  private hurry(): void {
    const { video, marginS } = this;
    const last = video.buffered.length - 1;
    if (last < 0) return;
    const [start, end] = [video.buffered.start(last), video.buffered.end(last)];
    const move = steer({ current: video.currentTime, start, end, frameS: PART_S, marginS });
    this.marginS = Math.max(LEAST_MARGIN_S, marginS - CALM_S);
    if ('seek' in move) video.currentTime = move.seek;
    else if (video.playbackRate !== move.rate) video.playbackRate = move.rate;
  }

  private readonly follow = () => {
    const { video, hls } = this;
    const now = performance.now();
    if (video.currentTime !== this.lastTime || document.hidden) this.movedAt = now;
    const isNative = hls === undefined && video.src !== '';
    if (hls === undefined && !isNative) return;
    if (now - this.movedAt > STUCK_MS) return this.events.startOver();
    if (now - this.movedAt > DOUBT_MS && now - this.doubtAt > DOUBT_MS && hls !== undefined) void this.doubt();
    if (video.paused) void video.play().catch(() => undefined);
    if (video.currentTime === this.lastTime || video.readyState < 2) return;
    this.lastTime = video.currentTime;
    if (hls !== undefined) this.hurry();
    const last = video.seekable.length - 1;
    const delayS = Math.max(0, hls?.latency ?? (last < 0 ? 0 : video.seekable.end(last) - video.currentTime));
    this.events.tell({ kind: delayS > LATE_S + 1 ? 'late' : 'live', way: 'hls', delayS });
  };
}
