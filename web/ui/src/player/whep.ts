import { endSession, fetchLive, postOffer } from '@/api/live';
import { LATE_S } from './live-edge';
import { NO_VIDEO, readRefusal, type Way, type WayEvents } from './state';

const FOLLOW_MS = 500;
/** No way for UDP within this time: a firewall stands between. */
const CONNECT_MS = 5_000;
/** Nothing new on screen for this long: perhaps the camera is lost. */
const DOUBT_MS = 2_000;
/** Nothing new on screen for this long: begin anew. */
const STUCK_MS = 8_000;
/** Refusals that another way may not meet. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  ...NO_VIDEO,
  'no_h264_offered',
  'no_video_offered',
  'bad_offer',
  'webrtc_unavailable',
]);

/** Plays one camera over WebRTC (WHEP): hundredths of a second late, where UDP comes through. */
export class WhepWay implements Way {
  private readonly peer: RTCPeerConnection;
  private readonly aborter = new AbortController();
  private readonly begunAt = performance.now();
  private timer: ReturnType<typeof setInterval> | undefined;
  private session: string | undefined;
  private isClosed = false;
  private isAsking = false;
  private pictures = 0;
  private movedAt = performance.now();
  private delayS = 0;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly url: string,
    /** The newest picture as JPEG: asked for when nothing moves, because it says why. */
    private readonly picture: string | undefined,
    private readonly events: WayEvents,
  ) {
    this.peer = new RTCPeerConnection();
    const { receiver } = this.peer.addTransceiver('video', { direction: 'recvonly' });
    receiver.jitterBufferTarget = 0;
    this.peer.ontrack = ({ track }) => this.show(track);
    this.peer.onconnectionstatechange = () => {
      if (this.peer.connectionState === 'failed') this.fail();
    };
    void this.begin();
  }

  close(): void {
    this.isClosed = true;
    clearInterval(this.timer);
    this.aborter.abort();
    this.peer.close();
    this.video.srcObject = null;
    if (this.session !== undefined) endSession(this.session);
  }

  private async begin(): Promise<void> {
    try {
      await this.peer.setLocalDescription();
      // our candidates are of no use to a server that only answers: nothing is gathered first
      const answer = await postOffer(this.url, this.peer.localDescription?.sdp ?? '', this.aborter.signal);
      if (this.isClosed) return;
      if (answer === undefined) return this.events.startOver();
      const text = await answer.text();
      if (!answer.ok) return this.refused(text, answer.status);
      this.session = answer.headers.get('location') ?? undefined;
      if (this.isClosed) return this.close();
      await this.peer.setRemoteDescription({ type: 'answer', sdp: text });
      this.timer = setInterval(() => void this.follow(), FOLLOW_MS);
    } catch {
      if (!this.isClosed) this.events.giveUp({ kind: 'refused', code: 'no_webrtc', message: '' });
    }
  }

  private refused(text: string, status: number): void {
    const state = readRefusal(text, status);
    if (state.kind === 'refused' && ELSEWHERE.has(state.code)) this.events.giveUp(state);
    else this.events.startOver(state);
  }

  private show(track: MediaStreamTrack): void {
    this.video.srcObject = new MediaStream([track]);
    void this.video.play().catch(() => undefined);
  }

  private fail(): void {
    if (this.isClosed) return;
    if (this.pictures === 0) this.events.giveUp({ kind: 'refused', code: 'no_webrtc', message: '' });
    else this.events.startOver();
  }

  private async follow(): Promise<void> {
    const now = performance.now();
    const pictures = this.video.getVideoPlaybackQuality().totalVideoFrames;
    if (pictures !== this.pictures || document.hidden) this.movedAt = now;
    if (pictures === 0 && this.peer.connectionState !== 'connected' && now - this.begunAt > CONNECT_MS)
      return this.fail();
    if (now - this.movedAt > STUCK_MS) return this.events.startOver();
    if (now - this.movedAt > DOUBT_MS) return this.doubt();
    if (pictures === this.pictures) return;
    this.pictures = pictures;
    this.delayS = (await this.delay()) ?? this.delayS;
    if (!this.isClosed)
      this.events.tell({ kind: this.delayS > LATE_S ? 'late' : 'live', way: 'whep', delayS: this.delayS });
  }

  /** Nothing moves: asks why. */
  private async doubt(): Promise<void> {
    if (this.picture === undefined || this.isAsking) return;
    this.isAsking = true;
    const answer = await fetchLive(this.picture, this.aborter.signal);
    const state = answer === undefined || answer.ok ? undefined : readRefusal(await answer.text(), answer.status);
    this.isAsking = false;
    if (!this.isClosed && state !== undefined) this.events.startOver(state);
  }

  /** What the network and the browser's buffer hold back, in seconds. */
  private async delay(): Promise<number | undefined> {
    let [heldS, roundS] = [undefined as number | undefined, 0];
    for (const report of (await this.peer.getStats()).values()) {
      if (report.type === 'inbound-rtp' && report.jitterBufferEmittedCount > 0)
        heldS = report.jitterBufferDelay / report.jitterBufferEmittedCount;
      if (report.type === 'candidate-pair' && report.nominated) roundS = report.currentRoundTripTime ?? 0;
    }
    return heldS === undefined ? undefined : heldS + roundS / 2;
  }
}
