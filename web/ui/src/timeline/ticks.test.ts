import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, SECOND } from './model';
import { pixelAt } from './scale';
import { midnight, ticks } from './ticks';

it('spaces its labels from a second to a month', () => {
  const spans = fc.integer({ min: 10 * SECOND, max: 31 * DAY });
  const starts = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 0, 1) });
  fc.assert(
    fc.property(starts, spans, fc.integer({ min: 300, max: 2000 }), (start, span, pixels) => {
      const view = { start, end: start + span };
      const { list } = ticks(view, pixels, 72);
      expect(list.length).toBeLessThanOrEqual(pixels / 72 + 2);
      expect(list.length).toBeGreaterThan(0);
      for (const [index, tick] of list.entries()) {
        expect(tick.at).toBeGreaterThanOrEqual(view.start);
        expect(tick.at).toBeLessThan(view.end);
        const before = list[index - 1];
        if (before) expect(pixelAt(view, pixels, tick.at) - pixelAt(view, pixels, before.at)).toBeGreaterThan(71);
      }
    }),
  );
});

it('puts ticks on whole steps of the local day and marks midnights', () => {
  const day = midnight(Date.UTC(2026, 10, 21, 12));
  const { list, stepMs, unit } = ticks({ start: day - 6 * HOUR, end: day + 6 * HOUR }, 1200, 72);
  expect(stepMs).toBe(HOUR);
  expect(unit).toBe('minute');
  expect(list.filter((tick) => tick.isDay).map((tick) => tick.at)).toEqual([day]);
  expect(list.every((tick) => (tick.at - day) % HOUR === 0)).toBe(true);
  expect(ticks({ start: day, end: day + MINUTE }, 1200, 72).unit).toBe('second');
});
