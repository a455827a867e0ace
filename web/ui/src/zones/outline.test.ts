import { describe, expect, it } from 'vitest';
import { boxAround, edgeFor, faultOf, History, inside } from './outline';

const at = (...points: [number, number][]) => points.map(([x, y]) => ({ x, y }));

describe('outlines', () => {
  it('refuses a bow tie by its edges, as the server does', () => {
    expect(faultOf(at([0.1, 0.1], [0.9, 0.9], [0.9, 0.1], [0.1, 0.9]))).toEqual({ kind: 'crossing', a: 1, b: 3 });
  });
  it('refuses a corner outside the picture by its number', () => {
    expect(faultOf(at([0.1, 0.1], [1.2, 0.1], [0.5, 0.5]))).toEqual({ kind: 'outside', corner: 2 });
    expect(inside({ x: 1.2, y: -3 })).toEqual({ x: 1, y: 0 });
  });
  it('refuses a line', () => {
    expect(faultOf(at([0.1, 0.1], [0.2, 0.1]))).toEqual({ kind: 'few' });
  });
  it('accepts a notch', () => {
    expect(faultOf(at([0.1, 0.1], [0.9, 0.1], [0.5, 0.5], [0.9, 0.9], [0.1, 0.9]))).toBeUndefined();
  });
  it('puts a new corner into the nearest edge', () => {
    const square = at([0, 0], [1, 0], [1, 1], [0, 1]);
    expect(edgeFor(square, { x: 0.5, y: 0.02 })).toBe(1);
    expect(edgeFor(square, { x: 0.02, y: 0.5 })).toBe(4);
  });
  it('takes the box of a bin with its surroundings, inside the picture', () => {
    const box = boxAround(at([0.9, 0.4], [1, 0.4], [1, 0.6]), 0.3);
    expect(box.x).toBeCloseTo(0.885);
    expect(box.x + box.w).toBeCloseTo(1);
    expect(box.h).toBeCloseTo(0.26);
  });
});

describe('history', () => {
  it('goes back and forth, and forgets the future with a new step', () => {
    const history = new History(0);
    [1, 2, 3].forEach((n) => history.push(n));
    expect(history.undo() && history.undo()).toBe(true);
    expect(history.now).toBe(1);
    expect(history.redo()).toBe(true);
    expect(history.now).toBe(2);
    history.push(9);
    expect(history.canRedo).toBe(false);
    expect(history.undo()).toBe(true);
    expect(history.now).toBe(2);
  });
});
