import { expect, it } from 'vitest';
import { bytesText } from './bytes';

it('names bytes with the unit that fits', () => {
  expect([0, 999, 1000, 21_600_000_000, 250_000_000_000, 8e15].map(bytesText)).toEqual([
    '0 B',
    '999 B',
    '1.0 KB',
    '21.6 GB',
    '250 GB',
    '8.0 PB',
  ]);
});
