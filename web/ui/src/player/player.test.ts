// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LivePlayer } from './player';
import type { LiveSource, PlayerState } from './state';

class ScriptedSocket {
  static all: ScriptedSocket[] = [];
  binaryType = '';
  onmessage: ((event: { data: string | ArrayBuffer }) => void) | null = null;
  onclose: (() => void) | null = null;
  onopen: (() => void) | null = null;
  constructor(readonly url: string) {
    ScriptedSocket.all.push(this);
  }
  close(): void {
    this.onclose?.();
  }
  says(data: object | ArrayBuffer): void {
    this.onmessage?.({ data: data instanceof ArrayBuffer ? data : JSON.stringify(data) });
  }
}
class ScriptedBuffer extends EventTarget {
  updating = false;
  appended: number[] = [];
  buffered = { length: 0 } as TimeRanges;
  appendBuffer(data: ArrayBuffer): void {
    this.appended.push(data.byteLength);
    queueMicrotask(() => this.dispatchEvent(new Event('updateend')));
  }
  remove(): void {
    this.appended.push(-1);
  }
}
class ScriptedSource extends EventTarget {
  static all: ScriptedSource[] = [];
  static isTypeSupported = (type: string) => type.includes('avc1');
  buffer = new ScriptedBuffer();
  constructor() {
    super();
    ScriptedSource.all.push(this);
  }
  addSourceBuffer(): ScriptedBuffer {
    return this.buffer;
  }
}
const SOURCE: LiveSource = { socket: 'ws://x/live' };
const INIT = { type: 'init', codec: 'avc1.640028', width: 640, height: 360 };
const latest = () => ScriptedSocket.all.at(-1) as ScriptedSocket;

let states: PlayerState[];
let video: HTMLVideoElement;
let player: LivePlayer;
beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', ScriptedSocket);
  vi.stubGlobal('MediaSource', ScriptedSource);
  URL.createObjectURL = () => 'blob:x';
  URL.revokeObjectURL = () => undefined;
  ScriptedSocket.all = [];
  ScriptedSource.all = [];
  states = [];
  video = document.createElement('video');
  video.play = () => Promise.resolve();
  video.load = () => undefined;
  player = new LivePlayer(video, SOURCE, (state) => states.push(state));
});
afterEach(() => {
  player.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function buffered(start: number, end: number): void {
  Object.defineProperty(video, 'buffered', {
    configurable: true,
    value: { length: 1, start: () => start, end: () => end },
  });
}

it('appends the init segment and every fragment in the order they came, even before the source is open', async () => {
  latest().says(INIT);
  [100, 1, 2].forEach((size) => latest().says(new ArrayBuffer(size)));
  ScriptedSource.all[0]?.dispatchEvent(new Event('sourceopen'));
  latest().says(new ArrayBuffer(3));
  await vi.advanceTimersByTimeAsync(1);
  expect(ScriptedSource.all[0]?.buffer.appended).toEqual([100, 1, 2, 3]);
});

it('jumps to the live edge and tells the delay', () => {
  latest().says(INIT);
  buffered(40, 42);
  vi.advanceTimersByTime(250);
  expect(video.currentTime).toBeCloseTo(41.95, 2);
  expect(states.at(-1)).toMatchObject({ kind: 'live', way: 'ws' });
});

it('says since when and why a camera is lost, and plays again after a new init', () => {
  latest().says(INIT);
  latest().says({ type: 'lost', cause: 'network_lost', detail: 'no answer', since: '2026-11-21T04:03:00Z' });
  buffered(0, 2);
  vi.advanceTimersByTime(60_000);
  expect(states.at(-1)).toEqual({
    kind: 'offline',
    cause: 'network_lost',
    detail: 'no answer',
    since: '2026-11-21T04:03:00Z',
  });
  latest().says(INIT);
  vi.advanceTimersByTime(250);
  expect(states.at(-1)?.kind).toBe('live');
});

it('comes back by itself after the connection broke', () => {
  latest().close();
  expect(states.at(-1)?.kind).toBe('broken');
  vi.advanceTimersByTime(1_100);
  expect(ScriptedSocket.all).toHaveLength(2);
});

it('takes a silent connection for a dead one', () => {
  latest().says(INIT);
  vi.advanceTimersByTime(12_500);
  expect(states.some((state) => state.kind === 'broken')).toBe(true);
});

it('does not ask again when waiting cannot help, but does when there are too many viewers', () => {
  latest().says({ type: 'error', code: 'not_playable', message: 'H.265' });
  latest().close();
  vi.advanceTimersByTime(120_000);
  expect(ScriptedSocket.all).toHaveLength(1);
  player.close();
  player = new LivePlayer(video, SOURCE, (state) => states.push(state));
  latest().says({ type: 'error', code: 'too_many_viewers', message: 'later' });
  latest().close();
  expect(states.at(-1)).toMatchObject({ kind: 'refused', code: 'too_many_viewers' });
  vi.advanceTimersByTime(1_100);
  expect(ScriptedSocket.all).toHaveLength(3);
});

it('lets go of the connection in a hidden tab and returns at once', () => {
  const hide = (hidden: boolean) => {
    Object.defineProperty(document, 'hidden', { configurable: true, value: hidden });
    document.dispatchEvent(new Event('visibilitychange'));
  };
  hide(true);
  vi.advanceTimersByTime(21_000);
  expect(states.at(-1)).toEqual({ kind: 'paused' });
  const before = ScriptedSocket.all.length;
  hide(false);
  expect(ScriptedSocket.all).toHaveLength(before + 1);
});
