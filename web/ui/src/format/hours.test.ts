import { describe, expect, it } from 'vitest';
import { clock, isValid, lunch, spoken, today } from './hours';

describe('service hours', () => {
  it('reads a clock up to 24:00 and nothing else', () => {
    expect(['00:00', '10:30', '24:00'].map(clock)).toEqual([0, 630, 1440]);
    expect(['24:01', '10:60', '9:30', '', '10:3'].map(clock)).toEqual(Array(5).fill(undefined));
  });

  it('needs a day and a begin before the end', () => {
    expect(isValid(lunch())).toBe(true);
    expect(isValid({ ...lunch(), days: [] })).toBe(false);
    expect(isValid({ ...lunch(), until: '10:30' })).toBe(false);
  });
});

it('says a line as people read it, and takes the day from the clock in China', () => {
  const names = (number: number) => ['每天', '一', '二', '三'][number] ?? '?';
  expect(spoken({ days: [1, 3], from: '10:30', until: '12:30' }, names)).toBe('一 三 10:30–12:30');
  expect(spoken({ days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', until: '24:00' }, names)).toBe('每天 00:00–24:00');
  expect(today(Date.parse('2026-11-20T15:59:59Z'))).toBe('2026-11-20');
  expect(today(Date.parse('2026-11-20T16:00:00Z'))).toBe('2026-11-21');
});
