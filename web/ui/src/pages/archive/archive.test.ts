import { expect, it } from 'vitest';
import { spanAt } from '@/timeline/model';
import { rowOf } from './footage-rows';
import { dateOf, dayOf, monthBy, startOf, weeksOf } from './kitchen-day';

it('keeps the days of the kitchen, wherever the reader is', () => {
  const evening = Date.UTC(2026, 10, 21, 15, 59, 59);
  expect(dateOf(evening)).toBe('2026-11-21');
  expect(dateOf(evening + 1_000)).toBe('2026-11-22');
  expect(dayOf(evening)).toEqual({ start: startOf('2026-11-21'), end: startOf('2026-11-22') });
});

it('lays a month out in weeks from Monday on', () => {
  const weeks = weeksOf('2026-11');
  expect(weeks[0]).toEqual([null, null, null, null, null, null, '2026-11-01']);
  expect(weeks.flat().filter(Boolean)).toHaveLength(30);
  expect(weeksOf('2028-02').flat().filter(Boolean)).toHaveLength(29);
  expect(monthBy('2026-01', -1)).toBe('2025-12');
  expect(monthBy('2026-12', 1)).toBe('2027-01');
});

it('turns an answer into a row: open gaps end now, violations go by time, unobserved hours have no share', () => {
  const row = rowOf('c', '1号', {
    from: '2026-11-21T00:00:00Z',
    to: '2026-11-22T00:00:00Z',
    as_of: '2026-11-21T02:00:00Z',
    service: { from: '2026-11-21T00:00:00Z', to: null },
    codec: 'h264',
    spans: [{ from: '2026-11-21T00:00:00Z', to: '2026-11-21T01:00:00Z' }],
    gaps: [{ from: '2026-11-21T01:00:00Z', to: null, cause: 'network_lost', detail: '', count: 1, missing_s: 3600 }],
    violations: [
      {
        violation_id: 'b',
        at: '2026-11-21T00:40:00Z',
        ended_at: '2026-11-21T00:41:00Z',
        code: 'no_hat',
        state: 'to_review',
      },
      {
        violation_id: 'a',
        at: '2026-11-21T00:10:00Z',
        ended_at: '2026-11-21T00:11:00Z',
        code: 'no_hat',
        state: 'confirmed',
      },
    ],
    observed: [
      {
        from: '2026-11-21T00:00:00Z',
        to: '2026-11-21T01:00:00Z',
        observed_ms: 1000,
        judged_ms: 250,
        cannot_judge_ms: 750,
      },
      { from: '2026-11-21T01:00:00Z', to: '2026-11-21T02:00:00Z', observed_ms: 0, judged_ms: 0, cannot_judge_ms: 0 },
    ],
    held: [],
  });
  expect(row.dots.map((dot) => dot.id)).toEqual(['a', 'b']);
  expect(row.judged.map((span) => span.share)).toEqual([0.25]);
  expect(spanAt(row.gaps, Date.UTC(2026, 10, 21, 1, 59))?.isOpen).toBe(true);
});
