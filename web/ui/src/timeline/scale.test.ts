import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DAY, SECOND } from './model';
import { fitted, MAX_SPAN, MIN_SPAN, panned, pixelAt, revealed, spanOf, timeAt, zoomed, type Bounds } from './scale';

const START = Date.UTC(2026, 9, 20);
const bounds: Bounds = { start: START, end: START + 40 * DAY, minSpan: MIN_SPAN, maxSpan: MAX_SPAN };
const view = fc
  .record({ start: fc.integer({ min: 0, max: 39 * DAY }), span: fc.integer({ min: 10 * SECOND, max: 30 * DAY }) })
  .map(({ start, span }) => fitted({ start: START + start, end: START + start + span }, bounds));
const length = fc.integer({ min: 100, max: 4000 });
const close = (a: number, b: number, by: number) => expect(Math.abs(a - b)).toBeLessThanOrEqual(by);

it('gives the same time back that a pixel stands for', () => {
  fc.assert(
    fc.property(view, length, fc.double({ min: 0, max: 1, noNaN: true }), (shown, pixels, share) => {
      const pixel = share * pixels;
      close(pixelAt(shown, pixels, timeAt(shown, pixels, pixel)), pixel, 0.05);
    }),
  );
});

it('keeps the bounds whatever is asked for', () => {
  const wild = fc.record({
    start: fc.integer({ min: -90 * DAY, max: 90 * DAY }),
    span: fc.integer({ min: 1, max: 400 * DAY }),
  });
  fc.assert(
    fc.property(wild, ({ start, span }) => {
      const kept = fitted({ start: START + start, end: START + start + span }, bounds);
      expect(kept.start).toBeGreaterThanOrEqual(bounds.start);
      expect(kept.end).toBeLessThanOrEqual(bounds.end);
      close(spanOf(kept), Math.min(MAX_SPAN, Math.max(MIN_SPAN, span)), 1);
      const again = fitted(kept, bounds);
      close(again.start, kept.start, 0.01);
      close(again.end, kept.end, 0.01);
    }),
  );
});

it('keeps the time under the pointer where it is while zooming inside the bounds', () => {
  fc.assert(
    fc.property(
      view,
      length,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0.2, max: 5, noNaN: true }),
      (shown, pixels, share, factor) => {
        const about = timeAt(shown, pixels, share * pixels);
        const next = zoomed(shown, about, factor, bounds);
        const isAtEdge = next.start <= bounds.start + 1 || next.end >= bounds.end - 1;
        if (!isAtEdge) close(pixelAt(next, pixels, about), share * pixels, 0.1);
        expect(spanOf(next)).toBeGreaterThanOrEqual(MIN_SPAN - 1);
        expect(spanOf(next)).toBeLessThanOrEqual(MAX_SPAN + 1);
      },
    ),
  );
});

it('pans there and back', () => {
  fc.assert(
    fc.property(view, fc.integer({ min: -DAY, max: DAY }), (shown, by) => {
      const there = panned(shown, by, bounds);
      expect(spanOf(there)).toBeCloseTo(spanOf(shown), 3);
      if (there.start > bounds.start && there.end < bounds.end)
        close(panned(there, -by, bounds).start, shown.start, 0.01);
    }),
  );
});

it('moves only as far as it must to show a time', () => {
  const shown = { start: START + DAY, end: START + 2 * DAY };
  expect(revealed(shown, START + 1.5 * DAY, 0.1, bounds)).toEqual(shown);
  expect(revealed(shown, START + 2.5 * DAY, 0.1, bounds).end).toBe(START + 2.6 * DAY);
  expect(revealed(shown, START + DAY, 0.1, bounds).start).toBe(START + 0.9 * DAY);
});

it('shows a whole archive that is shorter than the shortest view', () => {
  const young: Bounds = { ...bounds, end: START + 2 * SECOND };
  const shown = fitted({ start: START, end: START + DAY }, young);
  expect(spanOf(shown)).toBe(MIN_SPAN);
});
