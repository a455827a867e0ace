import { BackOff } from './back-off';
import { LATE_S } from './live-edge';
import { mediaSourceType } from './media-source';
import { Sink } from './sink';
import { FINAL_REFUSALS, readText, type PlayerState } from './state';

const STEER_MS = 250;
/** A tab that stays hidden this long lets its socket go; it comes back at once when it is shown. */
const HIDDEN_MS = 20_000;
/** No message for this long on an open socket: the way is dead, though nobody said so. */
const SILENT_MS = 12_000;

/**
 * Plays one camera over a WebSocket in a video element: text `init`, then binary init segment and fragments.
 *
 * It tells its state, follows the live edge, returns by itself after network loss, and sleeps in a hidden tab.
 */
export class LivePlayer {
  private socket: WebSocket | undefined;
  private sink: Sink | undefined;
  private state: PlayerState = { kind: 'connecting' };
  private lastMessageAt = 0;
  private isClosed = false;
  private isCameraLost = false;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private hide: ReturnType<typeof setTimeout> | undefined;
  private readonly timer: ReturnType<typeof setInterval>;
  private readonly pauses = new BackOff();

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly url: string,
    private readonly onState: (state: PlayerState) => void,
  ) {
    video.muted = true;
    video.playsInline = true;
    this.timer = setInterval(this.tick, STEER_MS);
    document.addEventListener('visibilitychange', this.onVisibility);
    window.addEventListener('online', this.reconnectNow);
    this.connect();
  }

  close(): void {
    this.isClosed = true;
    clearInterval(this.timer);
    clearTimeout(this.hide);
    document.removeEventListener('visibilitychange', this.onVisibility);
    window.removeEventListener('online', this.reconnectNow);
    this.drop();
  }

  private tell(state: PlayerState): void {
    this.state = state;
    if (!this.isClosed) this.onState(state);
  }

  private connect(): void {
    this.drop();
    if (mediaSourceType() === undefined) {
      this.tell({ kind: 'refused', code: 'no_media_source', message: '' });
      return;
    }
    if (this.state.kind !== 'offline') this.tell({ kind: 'connecting' });
    const socket = new WebSocket(this.url);
    socket.binaryType = 'arraybuffer';
    this.lastMessageAt = performance.now();
    // A socket that was replaced may still speak: only the current one is heard.
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      if (socket === this.socket) this.receive(event.data);
    };
    socket.onclose = () => {
      if (socket === this.socket) this.lose();
    };
    this.socket = socket;
  }

  private receive(data: string | ArrayBuffer): void {
    this.lastMessageAt = performance.now();
    if (typeof data !== 'string') {
      this.sink?.push(data, this.lastMessageAt);
      return;
    }
    const message = readText(data);
    if (message?.type === 'init') this.begin(message.codec);
    else if (message?.type === 'lost') {
      this.isCameraLost = true;
      this.tell({ kind: 'offline', since: message.since, cause: message.cause, detail: message.detail });
    } else if (message?.type === 'error') {
      this.tell({ kind: 'refused', code: message.code, message: message.message });
    }
  }

  private begin(codec: string): void {
    const Type = mediaSourceType();
    if (Type === undefined) return;
    if (!Type.isTypeSupported(`video/mp4; codecs="${codec}"`)) {
      this.drop();
      this.tell({ kind: 'refused', code: 'not_playable', message: codec });
      return;
    }
    this.isCameraLost = false;
    this.sink?.close();
    this.sink = new Sink(this.video, Type, codec, this.restart);
    if (this.state.kind !== 'live') this.tell({ kind: 'connecting' });
  }

  private readonly restart = () => {
    if (this.socket) this.lose();
  };

  private readonly tick = () => {
    if (this.isClosed || !this.socket) return;
    if (!this.isCameraLost && performance.now() - this.lastMessageAt > SILENT_MS) {
      this.lose();
      return;
    }
    const delayS = this.sink?.follow();
    if (delayS === undefined || this.isCameraLost) return;
    this.pauses.reset();
    const silentS = (performance.now() - this.lastMessageAt) / 1000;
    const totalS = silentS > 1 ? delayS + silentS : delayS;
    this.tell({ kind: totalS > LATE_S ? 'late' : 'live', delayS: totalS });
  };

  private lose(): void {
    const wasRefused = this.state.kind === 'refused' ? this.state : undefined;
    this.drop();
    if (this.isClosed || (wasRefused && FINAL_REFUSALS.has(wasRefused.code))) return;
    const pauseMs = this.pauses.next();
    if (!wasRefused) this.tell({ kind: 'broken', retryInS: Math.ceil(pauseMs / 1000) });
    this.retry = setTimeout(() => this.connect(), pauseMs);
  }

  private drop(): void {
    clearTimeout(this.retry);
    const { socket } = this;
    this.socket = undefined;
    socket?.close();
    this.sink?.close();
    this.sink = undefined;
    this.isCameraLost = false;
  }

  private readonly reconnectNow = () => {
    if (!this.isClosed && this.socket === undefined && !document.hidden) this.connect();
  };

  private readonly onVisibility = () => {
    clearTimeout(this.hide);
    if (!document.hidden) {
      this.reconnectNow();
      this.tick();
      return;
    }
    this.hide = setTimeout(() => {
      this.drop();
      this.tell({ kind: 'paused' });
    }, HIDDEN_MS);
  };
}
