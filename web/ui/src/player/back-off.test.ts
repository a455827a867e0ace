import { expect, it } from 'vitest';
import { BackOff } from './back-off';

it('doubles from one second to thirty and starts again after success', () => {
  const pauses = new BackOff(() => 0);
  expect([1, 2, 3, 4, 5, 6, 7].map(() => pauses.next())).toEqual([1000, 2000, 4000, 8000, 16000, 30000, 30000]);
  pauses.reset();
  expect(pauses.next()).toBe(1000);
});

it('never pauses less than half', () => {
  expect(new BackOff(() => 1).next()).toBe(500);
});
