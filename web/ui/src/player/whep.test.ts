// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LivePlayer } from './player';
import type { LiveSource, PlayerState } from './state';

/** A peer connection that connects and fails when told to. */
class ScriptedPeer {
  static all: ScriptedPeer[] = [];
  connectionState = 'new';
  localDescription = { sdp: 'v=0 offer' };
  answer: RTCSessionDescriptionInit | undefined;
  isGone = false;
  ontrack: ((event: { track: object }) => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;
  constructor() {
    ScriptedPeer.all.push(this);
  }
  addTransceiver = () => ({ receiver: {} });
  setLocalDescription = () => Promise.resolve();
  getStats = async () =>
    new Map<string, object>([
      ['in', { type: 'inbound-rtp', jitterBufferDelay: 1, jitterBufferEmittedCount: 50 }],
      ['pair', { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.02 }],
    ]);
  async setRemoteDescription(answer: RTCSessionDescriptionInit): Promise<void> {
    this.answer = answer;
  }
  become(state: string): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
  close(): void {
    this.isGone = true;
  }
}
class DeafSocket {
  static all: DeafSocket[] = [];
  onclose: (() => void) | null = null;
  constructor(readonly url: string) {
    DeafSocket.all.push(this);
  }
  close = () => this.onclose?.();
}
class AnySource extends EventTarget {
  static isTypeSupported = () => true;
}

const SOURCE: LiveSource = { socket: 'ws://x/live', whep: '/whep', picture: '/live.jpg' };
const SESSION = '/api/v1/whep/secret';
let asked: string[];
let answers: Record<string, () => Response>;
let states: PlayerState[];
let pictures: number;
let player: LivePlayer;

const refusal = (code: string, status: number, more = {}) =>
  new Response(JSON.stringify({ error: { code, message: 'why', ...more } }), { status });
const latest = () => states.at(-1);
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
async function play(): Promise<ScriptedPeer> {
  const video = document.createElement('video');
  video.play = () => Promise.resolve();
  Object.defineProperty(video, 'srcObject', { writable: true });
  video.getVideoPlaybackQuality = () => ({ totalVideoFrames: pictures }) as VideoPlaybackQuality;
  player = new LivePlayer(video, SOURCE, (state) => states.push(state), 'whep');
  await pass(1);
  const [peer] = ScriptedPeer.all;
  if (peer === undefined) throw new Error('no connection was made');
  return peer;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('RTCPeerConnection', ScriptedPeer);
  vi.stubGlobal('MediaStream', Object);
  vi.stubGlobal('WebSocket', DeafSocket);
  vi.stubGlobal('MediaSource', AnySource);
  vi.stubGlobal('fetch', async (url: string, how?: RequestInit) => {
    asked.push(`${how?.method ?? 'GET'} ${url}`);
    const answer = answers[url];
    if (answer === undefined) throw new TypeError('Failed to fetch');
    return answer();
  });
  ScriptedPeer.all = [];
  DeafSocket.all = [];
  [asked, states, pictures] = [[], [], 0];
  answers = {
    '/whep': () => new Response('v=0 answer', { status: 201, headers: { location: SESSION } }),
    '/live.jpg': () => new Response('jpeg'),
    [SESSION]: () => new Response(null, { status: 204 }),
  };
});
afterEach(() => {
  player.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('plays over WebRTC, tells how late, and ends its session', async () => {
  const peer = await play();
  expect(peer.answer).toEqual({ type: 'answer', sdp: 'v=0 answer' });
  peer.become('connected');
  pictures = 5;
  await pass(500);
  expect(latest()).toEqual({ kind: 'live', way: 'whep', delayS: 0.03 });
  player.close();
  expect(peer.isGone).toBe(true);
  expect(asked).toContain(`DELETE ${SESSION}`);
});

it('takes another way when the server offers no WebRTC', async () => {
  answers['/whep'] = () => refusal('webrtc_unavailable', 503);
  const peer = await play();
  expect(peer.isGone).toBe(true);
  expect(DeafSocket.all).toHaveLength(1);
});

it('takes another way when no datagram comes through', async () => {
  const peer = await play();
  await pass(4_000);
  expect(DeafSocket.all).toHaveLength(0);
  await pass(1_500);
  expect(peer.isGone).toBe(true);
  expect(DeafSocket.all).toHaveLength(1);
});

it('says since when the camera is lost, at once and in mid-view', async () => {
  const lost = () => refusal('no_pictures', 503, { cause: 'network_lost', since: '2026-11-21T04:03:00Z' });
  const peer = await play();
  peer.become('connected');
  pictures = 5;
  await pass(500);
  answers['/whep'] = answers['/live.jpg'] = lost;
  await pass(3_000);
  const offline = { kind: 'offline', since: '2026-11-21T04:03:00Z', cause: 'network_lost', detail: '' };
  expect(latest()).toEqual(offline);
  await pass(60_000);
  expect(latest()).toEqual(offline);
  expect(asked.filter((line) => line === 'POST /whep').length).toBeGreaterThan(2);
});

it('begins anew when the connection breaks', async () => {
  const peer = await play();
  peer.become('connected');
  pictures = 5;
  await pass(500);
  peer.become('failed');
  expect(latest()?.kind).toBe('broken');
  await pass(2_000);
  expect(ScriptedPeer.all).toHaveLength(2);
  expect(DeafSocket.all).toHaveLength(0);
});
