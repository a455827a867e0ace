import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Span } from '../model';
import { MOST_AHEAD_MS, PlaybackClock, RATES } from './clock';
import { correction } from './follow';

const TICK = 100;
/** Ticks `times` times, with a picture that follows at once. */
function run(clock: PlaybackClock, footage: readonly Span[], times: number, from = 0) {
  const done = [];
  for (let i = 0; i <= times; i += 1) done.push(clock.tick(from + i * TICK, footage, clock.position, false));
  return done;
}

it('runs at its rate while there is footage', () => {
  for (const rate of RATES) {
    const clock = new PlaybackClock(1_000);
    clock.setRate(rate);
    clock.play();
    run(clock, [{ start: 0, end: 1_000_000 }], 10);
    expect(clock.position).toBeCloseTo(1_000 + 1_000 * rate, 6);
  }
});

it('stands while it is paused, and while pictures load', () => {
  const footage = [{ start: 0, end: 100_000 }];
  const clock = new PlaybackClock(5_000);
  run(clock, footage, 10);
  expect(clock.position).toBe(5_000);
  clock.play();
  clock.tick(0, footage, undefined, true);
  clock.tick(5_000, footage, undefined, true);
  expect(clock.position).toBe(5_000);
  clock.tick(5_100, footage, 5_000, false);
  expect(clock.position).toBe(5_100);
});

it('waits for the slowest picture and never runs backwards', () => {
  const footage = [{ start: 0, end: 100_000 }];
  const clock = new PlaybackClock(0);
  clock.play();
  for (let i = 0; i <= 50; i += 1) clock.tick(i * TICK, footage, 0, false);
  expect(clock.position).toBe(MOST_AHEAD_MS);
  clock.tick(51 * TICK, footage, -5_000, false);
  expect(clock.position).toBe(MOST_AHEAD_MS);
});

it('jumps a gap to the next footage and says from where to where', () => {
  const footage = [
    { start: 0, end: 1_000 },
    { start: 61_000, end: 70_000 },
  ];
  const clock = new PlaybackClock(900);
  clock.play();
  const jumped = run(clock, footage, 3).filter((tick) => tick.jumped);
  expect(jumped).toHaveLength(1);
  expect(jumped[0]?.jumped).toEqual({ start: 1_000, end: 61_000 });
  expect(clock.position).toBeGreaterThanOrEqual(61_000);
});

it('stops at the end of the last footage', () => {
  const clock = new PlaybackClock(900);
  clock.play();
  const last = run(clock, [{ start: 0, end: 1_000 }], 5);
  expect(last.some((tick) => tick.hasEnded)).toBe(true);
  expect(clock.isPlaying).toBe(false);
  expect(clock.position).toBe(1_000);
});

it('never stands where there is no footage while it plays', () => {
  const footage = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: 200, max: 3_000 })), {
      minLength: 1,
      maxLength: 8,
    })
    .map((pairs) => {
      let at = 0;
      return pairs.map(([pause, length]) => ({ start: at + pause, end: (at += pause + length) }));
    });
  fc.assert(
    fc.property(
      footage,
      fc.constantFrom(...RATES),
      fc.array(fc.integer({ min: 0, max: 2_000 })),
      (spans, rate, pauses) => {
        const clock = new PlaybackClock(0);
        clock.setRate(rate);
        clock.play();
        let [now, before] = [0, 0];
        for (const pause of pauses) {
          now += pause;
          const tick = clock.tick(now, spans, clock.position, false);
          expect(tick.position).toBeGreaterThanOrEqual(before);
          before = tick.position;
          if (!tick.hasEnded && clock.isPlaying)
            expect(spans.some((span) => span.start <= tick.position && tick.position < span.end)).toBe(true);
        }
      },
    ),
  );
});

it('plays small differences away, in the right direction, and seeks large ones', () => {
  expect(correction(1_000, 1_030, 1, true)).toEqual({ kind: 'rate', rate: 1 });
  expect(correction(1_000, 1_500, 1, true)).toEqual({ kind: 'rate', rate: 1.1 });
  expect(correction(1_500, 1_000, 1, true)).toEqual({ kind: 'rate', rate: 0.9 });
  expect(correction(1_000, 9_000, 1, true)).toEqual({ kind: 'seek' });
  expect(correction(1_000, 1_500, 16, true)).toEqual({ kind: 'rate', rate: 16 });
  expect(correction(1_000, 1_010, 1, false)).toEqual({ kind: 'none' });
  expect(correction(1_000, 1_040, 1, false)).toEqual({ kind: 'seek' });
});

it('brings a picture that is off back to the clock', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1_400, max: 1_400 }), fc.constantFrom(0.5, 1, 2, 4), (off, rate) => {
      let [picture, clock] = [off, 0];
      for (let i = 0; i < 400; i += 1) {
        const act = correction(picture, clock, rate, true);
        if (act.kind === 'seek') picture = clock;
        clock += TICK * rate;
        picture += TICK * (act.kind === 'rate' ? act.rate : rate);
      }
      expect(Math.abs(picture - clock)).toBeLessThan(70 * Math.max(1, rate));
    }),
  );
});
