// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { StandStill, STILL_MS } from './stand-still';

beforeEach(() => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }));
afterEach(() => vi.useRealTimers());

/** A video element whose pictures a test shows one by one. */
function screen(): { video: HTMLVideoElement; show: () => void } {
  const video = document.createElement('video');
  let waiting: VideoFrameRequestCallback | undefined;
  video.requestVideoFrameCallback = (callback) => {
    waiting = callback;
    return 1;
  };
  return { video, show: () => waiting?.(0, {} as VideoFrameCallbackMetadata) };
}

function guard(video: HTMLVideoElement): { still: StandStill; said: boolean[] } {
  const said: boolean[] = [];
  return { still: new StandStill(video, (isStanding) => said.push(isStanding)), said };
}

it('covers a picture that no other has followed for a second, until one comes', () => {
  const { video, show } = screen();
  const { said } = guard(video);
  for (let shown = 0; shown < 20; shown += 1) {
    show();
    vi.advanceTimersByTime(200);
  }
  expect(said).toEqual([]);
  vi.advanceTimersByTime(STILL_MS - 200);
  expect(said).toEqual([]);
  vi.advanceTimersByTime(200);
  expect(said).toEqual([true]);
  show();
  expect(said).toEqual([true, false]);
});

it('counts pictures by the clock of playback where a browser does not tell of each', () => {
  const video = document.createElement('video');
  const { said } = guard(video);
  for (let step = 0; step < 8; step += 1) {
    video.dispatchEvent(new Event('timeupdate'));
    vi.advanceTimersByTime(250);
  }
  expect(said).toEqual([]);
  vi.advanceTimersByTime(STILL_MS);
  expect(said).toEqual([true]);
});

it('says nothing after it was closed', () => {
  const { video, show } = screen();
  const { still, said } = guard(video);
  still.close();
  show();
  vi.advanceTimersByTime(5 * STILL_MS);
  expect(said).toEqual([]);
});
