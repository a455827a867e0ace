import { expect, it } from 'vitest';
import { steer, targetDelay } from './live-edge';

const frameS = 0.1;

it('jumps to the edge after the burst of the GOP cache', () => {
  expect(steer({ current: 0, start: 0, end: 2, frameS })).toEqual({ seek: 1.875 });
});

it('jumps when the stream begins late on its timeline', () => {
  expect(steer({ current: 0, start: 900, end: 900.1, frameS })).toEqual({ seek: 900 });
});

it('hurries a little when slightly late and plays on at the edge', () => {
  expect(steer({ current: 9.2, start: 0, end: 10, frameS })).toEqual({ rate: 1.15 });
  expect(steer({ current: 9.85, start: 0, end: 10, frameS })).toEqual({ rate: 1 });
});

it('keeps more than a picture of a slow stream, so that it does not stall between them', () => {
  expect(targetDelay(0.2)).toBeCloseTo(0.25);
  expect(targetDelay(0.01)).toBe(0.04);
});

it('keeps its distance where it stalled before', () => {
  const late = { current: 9.7, start: 0, end: 10, frameS: 0.04 };
  expect(steer(late)).not.toEqual({ rate: 1 });
  expect(steer({ ...late, marginS: 0.25 })).toEqual({ rate: 1 });
});
