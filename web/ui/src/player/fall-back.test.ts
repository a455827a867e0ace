// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LivePlayer } from './player';
import type { LiveSource, PlayerState, WayName } from './state';

/** hls.js as far as it is used: it fails and plays when told to. */
const library = vi.hoisted(() => ({ opened: [] as { url: string; fail: (data: object) => void; isGone: boolean }[] }));
vi.mock('hls.js/light', () => {
  class ScriptedHls {
    static ErrorTypes = { MEDIA_ERROR: 'mediaError' };
    latency = 0.7;
    private readonly me = { url: '', fail: (data: object): void => void data, isGone: false };
    on(_event: string, listener: (name: string, data: object) => void): void {
      this.me.fail = (data) => listener('hlsError', data);
    }
    attachMedia(): void {
      library.opened.push(this.me);
    }
    loadSource(url: string): void {
      this.me.url = url;
    }
    destroy(): void {
      this.me.isGone = true;
    }
  }
  return { default: ScriptedHls, Events: { ERROR: 'hlsError' } };
});

class DeafSocket {
  static all: DeafSocket[] = [];
  onclose: (() => void) | null = null;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  constructor(readonly url: string) {
    DeafSocket.all.push(this);
  }
  close(): void {
    this.onclose?.();
  }
}
class AnySource extends EventTarget {
  static isTypeSupported = () => true;
}

const SOURCE: LiveSource = { socket: 'ws://x/live', address: '/address', picture: '/live.jpg' };
const PLAYLIST = '/live/ticket/staff/camera/sub/index.m3u8';
const LOST = { error: { code: 'no_pictures', message: '', cause: 'network_lost', since: '2026-11-21T04:03:00Z' } };
/** What the server answers, by address; none means that it cannot be reached. */
let answers: Record<string, () => Response>;
let states: PlayerState[];
let video: HTMLVideoElement;
let player: LivePlayer;

const json = (body: object, status = 200) => new Response(JSON.stringify(body), { status });
const latest = () => states.at(-1);
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
function play(first?: WayName, source = SOURCE): void {
  player = new LivePlayer(video, source, (state) => states.push(state), first);
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', DeafSocket);
  vi.stubGlobal('MediaSource', AnySource);
  vi.stubGlobal('fetch', async (url: string) => {
    const answer = answers[url];
    if (answer === undefined) throw new TypeError('Failed to fetch');
    return answer();
  });
  URL.createObjectURL = () => 'blob:x';
  URL.revokeObjectURL = () => undefined;
  DeafSocket.all = [];
  library.opened = [];
  states = [];
  answers = {
    '/address': () => json({ playlist: PLAYLIST }),
    '/live.jpg': () =>
      new Response('jpeg', {
        headers: { date: 'Sat, 21 Nov 2026 04:03:02 GMT', 'x-picture-at': '2026-11-21T04:03:01Z' },
      }),
  };
  video = document.createElement('video');
  video.play = () => Promise.resolve();
  video.load = () => undefined;
  Object.defineProperty(video, 'readyState', { value: 4 });
});
afterEach(() => {
  player.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('plays LL-HLS where no WebSocket comes through, and says so', async () => {
  play();
  DeafSocket.all[0]?.close();
  await pass(1_100);
  DeafSocket.all[1]?.close();
  await pass(1);
  expect(library.opened.map(({ url }) => url)).toEqual([PLAYLIST]);
  video.currentTime = 3;
  await pass(600);
  expect(latest()).toEqual({ kind: 'live', way: 'hls', delayS: 0.7 });
  expect(DeafSocket.all).toHaveLength(2);
});

it('does not take a server that is away for a way that is closed', async () => {
  answers = {};
  play();
  DeafSocket.all[0]?.close();
  await pass(1_100);
  DeafSocket.all[1]?.close();
  await pass(1);
  expect(latest()?.kind).toBe('broken');
  await pass(30_000);
  expect(DeafSocket.all.length).toBeGreaterThan(2);
});

it('says since when the camera is lost and plays again when it is back', async () => {
  play('hls');
  await pass(1);
  answers[PLAYLIST] = () => json(LOST, 503);
  library.opened[0]?.fail({ fatal: true, type: 'networkError' });
  await pass(1);
  expect(latest()).toEqual({ kind: 'offline', since: '2026-11-21T04:03:00Z', cause: 'network_lost', detail: '' });
  answers[PLAYLIST] = () => new Response('#EXTM3U');
  await pass(4_000);
  expect(library.opened).toHaveLength(2);
  expect(library.opened[0]?.isGone).toBe(true);
});

it('begins anew when nothing moves on the screen', async () => {
  answers[PLAYLIST] = () => new Response('#EXTM3U');
  play('hls');
  await pass(14_000);
  expect(states.some((state) => state.kind === 'broken')).toBe(true);
  await pass(2_000);
  expect(library.opened).toHaveLength(2);
});

it('shows a picture a second of a camera whose codec plays nowhere, with its age', async () => {
  play();
  DeafSocket.all[0]?.onmessage?.({ data: JSON.stringify({ type: 'error', code: 'not_playable', message: 'H.265' }) });
  await pass(1);
  expect(latest()).toEqual({ kind: 'stills', way: 'jpeg', url: 'blob:x', delayS: 1, because: 'not_playable' });
  const before = states.length;
  await pass(3_000);
  expect(states.length - before).toBe(3);
  expect(library.opened).toHaveLength(0);
});

it('shows a picture a second while others have the places for transcodes, and asks for one again', async () => {
  const refused = { type: 'error', code: 'too_many_transcodes', message: 'later' };
  play();
  DeafSocket.all[0]?.onmessage?.({ data: JSON.stringify(refused) });
  await pass(1);
  expect(latest()).toMatchObject({ kind: 'stills', because: 'too_many_transcodes' });
  expect(library.opened).toHaveLength(0);
  await pass(59_000);
  expect(DeafSocket.all).toHaveLength(1);
  await pass(2_000);
  expect(DeafSocket.all).toHaveLength(2);
  expect(latest()?.kind).toBe('stills');
});

it('says why when no way is left', async () => {
  play('ws', { socket: 'ws://x/live', address: '/address' });
  DeafSocket.all[0]?.onmessage?.({ data: JSON.stringify({ type: 'error', code: 'not_playable', message: 'H.265' }) });
  await pass(1);
  expect(latest()).toEqual({ kind: 'refused', code: 'not_playable', message: 'H.265' });
});

it('returns after the device slept', async () => {
  play('jpeg');
  await pass(1_000);
  const before = states.length;
  vi.setSystemTime(Date.now() + 60_000);
  await pass(1_100);
  expect(states.slice(before).some((state) => state.kind === 'connecting')).toBe(true);
});
