import { expect, it } from 'vitest';
import { columnOf } from './board';

it('shows an overdue notice apart only while the canteen owes an answer', () => {
  expect(columnOf({ state: 'sent', is_overdue: true })).toBe('overdue');
  expect(columnOf({ state: 'acknowledged', is_overdue: false })).toBe('open');
  expect(columnOf({ state: 'rectified', is_overdue: true })).toBe('recheck');
  expect(columnOf({ state: 'withdrawn', is_overdue: false })).toBe('done');
});
