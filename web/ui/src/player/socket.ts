import { LATE_S } from './live-edge';
import { mediaSourceType } from './media-source';
import { Sink } from './sink';
import { NO_VIDEO, readText, type Refusal, type Way, type WayEvents } from './state';

const STEER_MS = 250;
/** No message for this long on an open socket: the way is dead, though nobody said so. */
const SILENT_MS = 12_000;
/** A proxy on the way may let no WebSocket through: after so many handshakes without an answer another way is tried. */
const MOST_UNANSWERED = 2;

/**
 * Plays one camera over a WebSocket in a video element: text `init`, then binary init segment and fragments.
 *
 * One socket: when it ends, the player decides what comes next.
 */
export class SocketWay implements Way {
  private readonly socket: WebSocket;
  private readonly timer: ReturnType<typeof setInterval>;
  private sink: Sink | undefined;
  private lastMessageAt = performance.now();
  private hasOpened = false;
  private isCameraLost = false;
  private isClosed = false;
  private refusal: Refusal | undefined;

  constructor(
    private readonly video: HTMLVideoElement,
    url: string,
    /** Handshakes before this one that were not answered. */
    private readonly unanswered: number,
    private readonly events: WayEvents & { unanswered(count: number): void },
  ) {
    this.socket = new WebSocket(url);
    this.socket.binaryType = 'arraybuffer';
    this.socket.onopen = () => {
      this.hasOpened = true;
      events.unanswered(0);
    };
    this.socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => this.receive(event.data);
    this.socket.onclose = () => this.lose();
    this.timer = setInterval(this.tick, STEER_MS);
  }

  close(): void {
    this.isClosed = true;
    clearInterval(this.timer);
    this.socket.close();
    this.sink?.close();
  }

  private receive(data: string | ArrayBuffer): void {
    if (this.isClosed) return;
    this.lastMessageAt = performance.now();
    this.hasOpened = true;
    if (typeof data !== 'string') {
      this.sink?.push(data, this.lastMessageAt);
      return;
    }
    const message = readText(data);
    if (message?.type === 'init') this.begin(message.codec);
    else if (message?.type === 'lost') {
      this.isCameraLost = true;
      this.events.tell({ kind: 'offline', since: message.since, cause: message.cause, detail: message.detail });
    } else if (message?.type === 'error') {
      this.refusal = { kind: 'refused', code: message.code, message: message.message };
      if (NO_VIDEO.has(message.code)) this.events.giveUp(this.refusal);
      else this.events.tell(this.refusal);
    }
  }

  private begin(codec: string): void {
    const Type = mediaSourceType();
    if (Type === undefined || !Type.isTypeSupported(`video/mp4; codecs="${codec}"`)) {
      this.events.giveUp({ kind: 'refused', code: 'not_playable', message: codec });
      return;
    }
    this.isCameraLost = false;
    this.sink?.close();
    this.sink = new Sink(this.video, Type, codec, () => this.lose());
  }

  private readonly tick = () => {
    if (!this.isCameraLost && performance.now() - this.lastMessageAt > SILENT_MS) return this.lose();
    const delayS = this.sink?.follow();
    if (delayS === undefined || this.isCameraLost) return;
    const silentS = (performance.now() - this.lastMessageAt) / 1000;
    const totalS = silentS > 1 ? delayS + silentS : delayS;
    this.events.tell({ kind: totalS > LATE_S ? 'late' : 'live', way: 'ws', delayS: totalS });
  };

  private lose(): void {
    if (this.isClosed) return;
    const unanswered = this.hasOpened ? 0 : this.unanswered + 1;
    this.events.unanswered(unanswered);
    if (unanswered >= MOST_UNANSWERED) this.events.giveUp({ kind: 'refused', code: 'no_socket', message: '' });
    else this.events.startOver(this.refusal);
  }
}
