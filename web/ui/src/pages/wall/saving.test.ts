import { expect, it } from 'vitest';
import { isSaidWeak, NetworkWatch, savingOf } from './saving';

it('plays as many tiles as may and shows the others as pictures', () => {
  expect([0, 8, 9, 15].map((place) => savingOf(place, 9, false))).toEqual([
    undefined,
    undefined,
    'many_tiles',
    'many_tiles',
  ]);
  expect(savingOf(0, 9, true)).toBe('weak_network');
});

it('takes the network for weak when most tiles are late for long, and tries again after a minute', () => {
  const watch = new NetworkWatch();
  for (const id of ['a', 'b', 'c']) watch.note(id, 'live', 0);
  watch.note('a', 'late', 1_000);
  watch.note('b', 'late', 2_000);
  expect(watch.isWeak(11_900)).toBe(false);
  expect(watch.isWeak(12_000)).toBe(true);
  for (const id of ['a', 'b', 'c']) watch.note(id, 'stills', 13_000);
  expect(watch.isWeak(71_900)).toBe(true);
  expect(watch.isWeak(72_000)).toBe(false);
});

it('does not blame the network for one late camera, nor for a short while', () => {
  const watch = new NetworkWatch();
  for (const id of ['a', 'b', 'c']) watch.note(id, 'live', 0);
  watch.note('a', 'late', 0);
  watch.note('b', 'late', 0);
  watch.note('b', 'live', 9_000);
  watch.note('b', 'late', 9_500);
  expect(watch.isWeak(15_000)).toBe(false);
  watch.note('b', undefined, 16_000);
  watch.note('c', undefined, 16_000);
  expect(watch.isWeak(30_000)).toBe(false);
});

it('believes a browser that knows its network', () => {
  expect([undefined, {}, { effectiveType: '4g' }, { effectiveType: '3g' }, { saveData: true }].map(isSaidWeak)).toEqual(
    [false, false, false, true, true],
  );
});
