// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Deck } from './deck';
import { HlsPicture } from './hls-picture';
import type { Picture, Source } from './picture';

const FIRST = Date.parse('2026-11-21T04:00:00Z');
/** Twenty seconds of footage, a minute without, and forty more seconds: on the medium they follow one another. */
const BORDER_S = 20;
const GAP_MS = 60_000;
const timeOf = (mediaS: number) => FIRST + mediaS * 1000 + (mediaS < BORDER_S ? 0 : GAP_MS);
/** A fragment a second, and so long until it is here. */
const LOADING_MS = 700;
const POLL_MS = 100;

/** A video element as far as it is used: it seeks to where something is buffered, and plays when told to. */
class ScriptedVideo extends EventTarget {
  muted = false;
  preservesPitch = true;
  paused = true;
  seeking = false;
  playbackRate = 1;
  held = new Set<number>();
  /** So much of a fragment has no picture at its beginning. */
  missing = 0;
  seeks = 0;
  private at = 0;
  get currentTime(): number {
    return this.at;
  }
  set currentTime(to: number) {
    this.seeks += 1;
    this.at = to;
    this.seeking = true;
    this.settle();
  }
  get readyState(): number {
    const fragment = Math.floor(this.at);
    return this.held.has(fragment) && this.at - fragment >= this.missing ? 4 : 1;
  }
  get buffered() {
    const held = [...this.held].sort((a, b) => a - b);
    return {
      length: held.length,
      start: (i: number) => (held[i] ?? 0) + this.missing,
      end: (i: number) => (held[i] ?? 0) + 1,
    };
  }
  settle(): void {
    if (this.readyState === 4) this.seeking = false;
  }
  run(ms: number): void {
    if (!this.paused && !this.seeking && this.readyState === 4) this.at += (ms / 1000) * this.playbackRate;
  }
  play(): Promise<void> {
    this.paused = false;
    return Promise.resolve();
  }
  pause(): void {
    this.paused = true;
  }
  requestVideoFrameCallback = () => 0;
  cancelVideoFrameCallback = () => undefined;
  removeAttribute = () => undefined;
  load = () => undefined;
}

/**
 * hls.js as far as it is used: it loads fragments from the playhead on, and its gap controller skips a hole of less than
 * two seconds before what is buffered, while the element is not paused (hls.js 1.7, `gap-controller.ts`).
 */
const library = vi.hoisted(() => ({
  tick: (): void => undefined,
  isAsleep: false,
  say: (() => undefined) as (event: string) => void,
}));
vi.mock('hls.js/light', () => {
  class ScriptedHls {
    private readonly heard = new Map<string, (name: string, data: object) => void>();
    private video: ScriptedVideo | undefined;
    private loading: { fragment: number; sinceMs: number } | undefined;
    private before = -1;
    on(event: string, listener: (name: string, data: object) => void): void {
      this.heard.set(event, listener);
    }
    attachMedia(video: ScriptedVideo): void {
      this.video = video;
    }
    loadSource(): void {
      const fragments = Array.from({ length: 60 }, (_, i) => ({
        start: i,
        duration: 1,
        programDateTime: timeOf(i),
      }));
      setTimeout(() => this.heard.get('levelLoaded')?.('levelLoaded', { details: { fragments } }), 10);
    }
    startLoad(at: number): void {
      library.say = (event) => this.heard.get(event)?.(event, {});
      library.isAsleep = false;
      const video = this.video as ScriptedVideo;
      video.currentTime = at;
      library.tick = () => this.tick(video);
    }
    destroy(): void {
      library.tick = () => undefined;
    }
    private tick(video: ScriptedVideo): void {
      const playhead = Math.floor(video.currentTime);
      const isStill = video.currentTime === this.before;
      this.before = video.currentTime;
      const behind = [...video.held].filter((one) => one > playhead).sort((a, b) => a - b)[0];
      const isHole = !video.held.has(playhead) && behind !== undefined && behind - video.currentTime <= 2;
      if (isHole && isStill && !video.paused) {
        video.currentTime = behind + 0.1;
        this.loading = undefined;
        return;
      }
      if (library.isAsleep) return;
      const missing = [0, 1, 2].map((ahead) => playhead + ahead).find((one) => !video.held.has(one));
      if (missing !== undefined) this.load(video, missing);
    }
    private load(video: ScriptedVideo, fragment: number): void {
      if (this.loading?.fragment !== fragment) this.loading = { fragment, sinceMs: 0 };
      this.loading.sinceMs += POLL_MS;
      if (this.loading.sinceMs < LOADING_MS) return;
      video.held.add(fragment);
      video.settle();
    }
  }
  const Events = {
    LEVEL_LOADED: 'levelLoaded',
    LEVEL_PTS_UPDATED: 'levelPtsUpdated',
    FRAG_LOADED: 'fragLoaded',
    FRAG_LOADING: 'fragLoading',
    FRAG_BUFFERED: 'fragBuffered',
    ERROR: 'hlsError',
  };
  return { default: ScriptedHls, Events, ErrorTypes: { MEDIA_ERROR: 'mediaError' } };
});

const SOURCE: Source = {
  range: { start: FIRST, end: timeOf(60) },
  playlistUrl: () => '/index.m3u8',
  still: () => Promise.resolve(undefined),
  poster: () => Promise.resolve(undefined),
  expired: () => undefined,
};

let video: ScriptedVideo;
let picture: Picture;
let deck: Deck;
let clock: ReturnType<typeof setInterval>;

beforeEach(async () => {
  vi.useFakeTimers();
  video = new ScriptedVideo();
  picture = new HlsPicture(video as unknown as HTMLVideoElement, SOURCE, () => undefined);
  const untold = () => undefined;
  deck = new Deck(timeOf(20.5), { moved: untold, changed: untold, jumped: untold, ended: untold });
  const footage = [
    { start: FIRST, end: FIRST + BORDER_S * 1000 },
    { start: timeOf(BORDER_S), end: timeOf(60) },
  ];
  deck.setFootage(new Map([['camera', footage]]));
  deck.add('camera', picture);
  clock = setInterval(() => {
    video.run(POLL_MS);
    library.tick();
  }, POLL_MS);
  deck.seek(timeOf(20.5));
  await vi.advanceTimersByTimeAsync(3_000);
  expect(picture.state.kind).toBe('shown');
});
afterEach(() => {
  clearInterval(clock);
  deck.close();
  vi.useRealTimers();
});

/** It must have played from before the gap to behind it. */
function assertPlaysOn() {
  expect(picture.state.kind).toBe('shown');
  expect(deck.position).toBeGreaterThan(timeOf(21));
  expect(video.held.has(19)).toBe(true);
}

it.each([0, 100, 300, 600])('plays on when play is pressed %i ms into a seek to before a gap', async (pressedMs) => {
  deck.seek(timeOf(19.3));
  await vi.advanceTimersByTimeAsync(pressedMs);
  deck.play();
  await vi.advanceTimersByTimeAsync(6_000);
  assertPlaysOn();
});

it('plays on when a place before a gap is sought while it plays', async () => {
  deck.play();
  await vi.advanceTimersByTimeAsync(500);
  deck.seek(timeOf(19.3));
  await vi.advanceTimersByTimeAsync(6_000);
  assertPlaysOn();
});

it('asks anew when nothing is on its way and the picture does not come', async () => {
  library.isAsleep = true;
  deck.seek(timeOf(12.4));
  await vi.advanceTimersByTimeAsync(1_500);
  expect(picture.state.kind).toBe('loading');
  await vi.advanceTimersByTimeAsync(4_000);
  expect(picture.state.kind).toBe('shown');
  expect(video.currentTime).toBeCloseTo(12.4, 2);
});

it('asks anew when a fragment was asked for and then never heard of', async () => {
  library.isAsleep = true;
  deck.seek(timeOf(12.4));
  library.say('fragLoading');
  await vi.advanceTimersByTimeAsync(10_000);
  expect(picture.state.kind).toBe('loading');
  await vi.advanceTimersByTimeAsync(10_000);
  expect(picture.state.kind).toBe('shown');
});

it('shows the first picture behind a place where its fragment has none, and stays there', async () => {
  video.missing = 0.2;
  deck.seek(timeOf(12.1));
  await vi.advanceTimersByTimeAsync(4_000);
  expect(picture.state.kind).toBe('shown');
  expect(video.currentTime).toBeCloseTo(12.201, 3);
  const before = video.seeks;
  await vi.advanceTimersByTimeAsync(4_000);
  expect(video.seeks).toBe(before);
});
