import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DAY, MINUTE, type Dot, type GapSpan, type Span } from './model';
import { clusters, columns, gapRuns, runs } from './runs';
import { pixelAt } from './scale';

/** Sorted spans that do not overlap, as the archive keeps them. */
const spans = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 5_000 })), { maxLength: 60 })
  .map((pairs) => {
    let at = 0;
    return pairs.map(([pause, length]): Span => {
      const start = at + pause;
      at = start + length;
      return { start, end: at };
    });
  });
const view = fc
  .tuple(fc.integer({ min: -10_000, max: 300_000 }), fc.integer({ min: 10, max: 400_000 }))
  .map(([start, span]) => ({ start, end: start + span }));
const length = fc.integer({ min: 10, max: 2_000 });

it('draws footage exactly where it is, to half a pixel', () => {
  fc.assert(
    fc.property(spans, view, length, fc.double({ min: 0, max: 1, noNaN: true }), (all, shown, pixels, share) => {
      const drawn = runs(all, shown, pixels);
      const t = shown.start + share * (shown.end - shown.start);
      const pixel = pixelAt(shown, pixels, t);
      const isFootage = all.some((span) => span.start <= t && t < span.end);
      const isDrawn = drawn.some((run) => run.from <= pixel + 1e-6 && pixel <= run.to + 1e-6);
      if (isFootage) expect(isDrawn).toBe(true);
      else if (isDrawn) {
        const nearest = Math.min(...all.flatMap((span) => [Math.abs(span.start - t), Math.abs(span.end - t)]));
        expect((nearest / (shown.end - shown.start)) * pixels).toBeLessThanOrEqual(0.5 + 1e-6);
      }
      for (const [index, run] of drawn.entries()) {
        expect(run.from).toBeGreaterThanOrEqual(0);
        expect(run.to).toBeLessThanOrEqual(pixels);
        if (index > 0) expect(run.from).toBeGreaterThan((drawn[index - 1] as { to: number }).to);
      }
    }),
    { numRuns: 400 },
  );
});

it('draws no more runs than there are pixels, however long the archive', () => {
  const month: Span[] = Array.from({ length: 43_200 }, (_, i) => ({ start: i * MINUTE, end: i * MINUTE + 50_000 }));
  expect(runs(month, { start: 0, end: 30 * DAY }, 1200)).toHaveLength(1);
  expect(runs(month, { start: 0, end: DAY / 2 }, 1200).length).toBeLessThanOrEqual(1200);
});

it('leaves no gap invisible: each lies under something drawn at least two pixels long', () => {
  const causes = fc.constantFrom('network_lost', 'disk_full', 'retention');
  fc.assert(
    fc.property(spans, causes, view, length, (all, cause, shown, pixels) => {
      const gaps: GapSpan[] = all.map((span) => ({ ...span, cause, detail: '' }));
      const drawn = gapRuns(gaps, shown, pixels, 2);
      for (const gap of gaps.filter((one) => one.end > shown.start && one.start < shown.end)) {
        const from = Math.max(0, pixelAt(shown, pixels, gap.start));
        expect(drawn.some((run) => run.from <= from + 2 && from <= run.to + 1e-6)).toBe(true);
      }
      for (const run of drawn) expect(run.to - run.from).toBeGreaterThan(run.to >= pixels ? -1 : 1.99);
    }),
    { numRuns: 400 },
  );
});

it('loses no violation and lets the most urgent state win', () => {
  const states = fc.constantFrom('to_review' as const, 'confirmed' as const, 'dismissed' as const);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 100_000 }), states)), length, (list, pixels) => {
      const dots: Dot[] = list
        .map(([at, state], i) => ({ at, state, id: String(i), code: 'no_hat' }))
        .sort((a, b) => a.at - b.at);
      const drawn = clusters(dots, { start: 0, end: 100_001 }, pixels, 9);
      expect(drawn.flatMap((cluster) => cluster.dots)).toEqual(dots);
      for (const cluster of drawn)
        if (cluster.dots.some((dot) => dot.state === 'to_review')) expect(cluster.state).toBe('to_review');
    }),
  );
});

it('joins judged hours to columns with their mean', () => {
  const hours = [0.5, 1, 0, 1].map((share, i) => ({ start: i * 10, end: i * 10 + 10, share }));
  expect(columns(hours, { start: 0, end: 40 }, 8, 3).map(({ from, to, share }) => [from, to, share])).toEqual([
    [0, 4, 0.75],
    [4, 8, 0.5],
  ]);
});
