import { expect, it } from 'vitest';
import { read, typed } from './periods';

const good = { floor_days: '7', routine_days: '30', violation_days: '180', ceiling_days: '730' };

it('reads whole days and writes them back', () => {
  const { periods, wrong } = read(good);
  expect(wrong).toEqual({});
  expect(periods && typed(periods)).toEqual(good);
});

it('names what is no number, out of bounds or out of order', () => {
  expect(read({ ...good, routine_days: '三十' }).wrong).toEqual({ routine_days: 'number' });
  expect(read({ ...good, floor_days: '3' }).wrong).toEqual({ floor_days: 'low' });
  expect(read({ ...good, ceiling_days: '4000' }).wrong).toEqual({ ceiling_days: 'high' });
  expect(read({ ...good, violation_days: '20' }).wrong).toEqual({ violation_days: 'order' });
  expect(read({ ...good, routine_days: '1.5' }).periods).toBeUndefined();
});
