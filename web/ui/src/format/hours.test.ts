import { describe, expect, it } from 'vitest';
import { clock, isValid, lunch } from './hours';

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
