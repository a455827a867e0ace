import { BackOff } from './back-off';
import { HlsWay } from './hls';
import { mediaSourceType } from './media-source';
import { SocketWay } from './socket';
import {
  FINAL_REFUSALS,
  NO_VIDEO,
  type LiveSource,
  type PlayerState,
  type Refusal,
  type Way,
  type WayEvents,
  type WayName,
} from './state';
import { StillsWay } from './stills';
import { WhepWay } from './whep';

/** A tab that stays hidden this long lets its connection go; it comes back at once when it is shown. */
const HIDDEN_MS = 20_000;
const PULSE_MS = 1_000;
/** The clock jumped so far between two pulses: the device slept, and connections of before are dead. */
const SLEPT_MS = 10_000;
/** A camera that found no place for its transcode asks again after this long. */
const PLACE_MS = 60_000;
const ORDER: readonly WayName[] = ['whep', 'ws', 'hls', 'jpeg'];

/**
 * Plays one camera in a video element and falls back by itself: WebRTC where it is asked for, WebSocket, LL-HLS, one
 * JPEG a second.
 *
 * It tells its state, follows the live edge, returns by itself after network loss and sleep, and rests in a hidden tab.
 * A way that does not work here is left for the next; when the server cannot be reached all ways begin anew.
 */
export class LivePlayer {
  private way: Way | undefined;
  private state: PlayerState = { kind: 'connecting' };
  private isClosed = false;
  private unanswered = 0;
  private pulseAt = Date.now();
  private retry: ReturnType<typeof setTimeout> | undefined;
  private hide: ReturnType<typeof setTimeout> | undefined;
  private readonly pulse: ReturnType<typeof setInterval>;
  private readonly pauses = new BackOff();
  private readonly order: readonly WayName[];

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly source: LiveSource,
    private readonly onState: (state: PlayerState) => void,
    /** The way to begin with; those after it follow. */
    first: WayName = 'ws',
  ) {
    this.order = ORDER.slice(ORDER.indexOf(first));
    video.muted = true;
    video.playsInline = true;
    this.pulse = setInterval(this.beat, PULSE_MS);
    document.addEventListener('visibilitychange', this.onVisibility);
    window.addEventListener('online', this.begin);
    this.begin();
  }

  close(): void {
    this.isClosed = true;
    clearInterval(this.pulse);
    clearTimeout(this.hide);
    document.removeEventListener('visibilitychange', this.onVisibility);
    window.removeEventListener('online', this.begin);
    this.drop();
  }

  private tell(state: PlayerState): void {
    this.state = state;
    if (state.kind === 'live' || state.kind === 'late' || state.kind === 'stills') this.pauses.reset();
    if (!this.isClosed) this.onState(state);
  }

  private readonly begin = () => {
    if (this.isClosed || document.hidden) return;
    const code = mediaSourceType() === undefined ? 'no_media_source' : 'no_socket';
    this.try(0, { kind: 'refused', code, message: '' });
  };

  /** Tries the ways from this one on; `refusal` is shown when none is left. */
  private try(index: number, refusal: Refusal): void {
    this.drop();
    const name = this.order[index];
    if (name === undefined) return this.rest(refusal);
    const events: WayEvents = {
      tell: (state) => this.tell(state),
      giveUp: (why) => this.try(index + 1, why),
      startOver: (state) => this.startOver(state),
    };
    // what one way of video cannot play, no other can
    const isHopeless = name !== 'jpeg' && NO_VIDEO.has(refusal.code);
    const way = isHopeless ? undefined : this.open(name, events, refusal);
    if (way === undefined) return this.try(index + 1, refusal);
    this.way = way;
    const asksForPlace = this.state.kind === 'stills' && this.state.because === 'too_many_transcodes';
    if (this.state.kind !== 'offline' && this.state.kind !== 'live' && !asksForPlace) this.tell({ kind: 'connecting' });
    if (refusal.code === 'too_many_transcodes') this.retry = setTimeout(this.begin, PLACE_MS);
  }

  private open(name: WayName, told: WayEvents, refusal: Refusal): Way | undefined {
    const { video, source } = this;
    // a way that was left may still speak: only the current one is heard
    let way: Way | undefined;
    const isCurrent = () => way === undefined || way === this.way;
    const events: WayEvents = {
      tell: (state) => isCurrent() && told.tell(state),
      giveUp: (why) => isCurrent() && told.giveUp(why),
      startOver: (state) => isCurrent() && told.startOver(state),
    };
    if (name === 'whep' && source.whep !== undefined && 'RTCPeerConnection' in window) {
      way = new WhepWay(video, source.whep, source.picture, events);
    } else if (name === 'ws' && mediaSourceType() !== undefined) {
      const unanswered = (count: number) => (this.unanswered = count);
      way = new SocketWay(video, source.socket, this.unanswered, { ...events, unanswered });
    } else if (name === 'hls' && source.address !== undefined) {
      way = new HlsWay(video, source.address, events);
    } else if (name === 'jpeg' && source.picture !== undefined) {
      way = new StillsWay(source.picture, events, NO_VIDEO.has(refusal.code) ? refusal.code : undefined);
    }
    return way;
  }

  /** No way is left. */
  private rest(refusal: Refusal): void {
    if (refusal.code === 'no_socket') return this.startOver();
    this.tell(refusal);
    if (!FINAL_REFUSALS.has(refusal.code)) this.retry = setTimeout(this.begin, this.pauses.next());
  }

  private startOver(state?: PlayerState): void {
    this.drop();
    if (this.isClosed) return;
    if (state?.kind === 'refused' && FINAL_REFUSALS.has(state.code)) return this.tell(state);
    const pauseMs = this.pauses.next();
    this.tell(state ?? { kind: 'broken', retryInS: Math.ceil(pauseMs / 1000) });
    this.retry = setTimeout(this.begin, pauseMs);
  }

  private drop(): void {
    clearTimeout(this.retry);
    this.retry = undefined;
    const { way } = this;
    this.way = undefined;
    way?.close();
  }

  private readonly beat = () => {
    const now = Date.now();
    const sleptMs = now - this.pulseAt - PULSE_MS;
    this.pulseAt = now;
    // a hidden tab's timers are slow without any sleep
    if (sleptMs > SLEPT_MS && !document.hidden && this.state.kind !== 'paused') this.begin();
  };

  private readonly onVisibility = () => {
    clearTimeout(this.hide);
    this.pulseAt = Date.now();
    if (!document.hidden) {
      if (this.way === undefined) this.begin();
      return;
    }
    this.hide = setTimeout(() => {
      this.drop();
      this.tell({ kind: 'paused' });
    }, HIDDEN_MS);
  };
}
