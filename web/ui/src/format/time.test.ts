import { expect, it } from 'vitest';
import { formalTime, nearTime, span } from './time';

const now = new Date(2026, 10, 21, 15, 0, 0);
const at = (...parts: [number, number, number, number, number, number]) => new Date(...parts).toISOString();

it('writes today with seconds, yesterday with the word, older days in full', () => {
  expect(nearTime(at(2026, 10, 21, 11, 42, 7), now, '昨天')).toBe('11:42:07');
  expect(nearTime(at(2026, 10, 20, 23, 59, 0), now, '昨天')).toBe('昨天 23:59');
  expect(nearTime(at(2026, 10, 19, 8, 5, 0), now, '昨天')).toBe('2026-11-19 08:05');
});

it('prints a date as a document does', () => {
  expect(formalTime(at(2026, 10, 1, 8, 5, 0), 'zh-CN')).toBe('2026年11月1日08:05');
});

it('counts in the largest unit that says enough', () => {
  expect(span(30_000)).toEqual({ unit: 'minutes', n: 1 });
  expect(span(-90 * 60_000)).toEqual({ unit: 'minutes', n: 90 });
  expect(span(23.9 * 3_600_000)).toEqual({ unit: 'hours', n: 23 });
  expect(span(72 * 3_600_000)).toEqual({ unit: 'days', n: 3 });
});
