import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { Gesture, wheelIntention, type Intention } from './gesture';
import { commandOf, marked } from './keys';
import { Latest } from './latest';
import { hit, LANES, spread, stacked } from './layout';
import { entriesIn, neighbour } from './view-list';
import type { Row } from './model';

const plain = { shiftKey: false, ctrlKey: false, metaKey: false, altKey: false };
const touch = (along: number, id = 1) => ({ id, along, across: 40 });

it('tells a tap from a drag', () => {
  const gesture = new Gesture();
  gesture.press(touch(100), false);
  expect(gesture.move(touch(102))).toEqual([]);
  expect(gesture.release(touch(102))).toEqual([{ kind: 'tap', along: 102, across: 40 }]);
  gesture.press(touch(100), false);
  gesture.move(touch(120));
  expect(gesture.release(touch(120))).toEqual([]);
});

it('pans by exactly as much as the pointer moved', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -400, max: 400 }), { minLength: 1 }), (steps) => {
      const gesture = new Gesture();
      gesture.press(touch(0), false);
      let at = 0;
      let panned = 0;
      for (const step of steps) {
        at += step;
        for (const act of gesture.move(touch(at))) if (act.kind === 'pan') panned += act.byPixels;
      }
      // A movement inside the slop is kept back until the drag has begun.
      expect(Math.abs(panned - at)).toBeLessThan(5);
    }),
  );
});

it('scrubs when the drag begins on the playhead, and says when it is over', () => {
  const gesture = new Gesture();
  gesture.press(touch(50), true);
  expect(gesture.move(touch(60))).toEqual([{ kind: 'scrub', along: 60, isLast: false }]);
  expect(gesture.release(touch(70))).toEqual([{ kind: 'scrub', along: 70, isLast: true }]);
});

it('pinches about the finger that rests, and does not tap afterwards', () => {
  const gesture = new Gesture();
  gesture.press(touch(100, 1), false);
  gesture.press(touch(200, 2), false);
  expect(gesture.move(touch(300, 2))).toEqual([{ kind: 'zoom', about: 100, factor: 2 }]);
  const after: Intention[] = [...gesture.release(touch(300, 2)), ...gesture.release(touch(100, 1))];
  expect(after).toEqual([]);
  expect(gesture.isHeld).toBe(false);
});

it('hovers only while nothing is pressed', () => {
  const gesture = new Gesture();
  expect(gesture.move(touch(10))).toEqual([{ kind: 'hover', along: 10, across: 40 }]);
  gesture.press(touch(10, 1), false);
  gesture.cancel(1);
  expect(gesture.move(touch(12))).toEqual([{ kind: 'hover', along: 12, across: 40 }]);
});

it('zooms by wheel and pans when it turns sideways', () => {
  const wheel = { deltaX: 0, deltaY: -100, deltaMode: 0, shiftKey: false, ctrlKey: false };
  const zoom = wheelIntention(wheel, 30);
  expect(zoom).toMatchObject({ kind: 'zoom', about: 30 });
  expect((zoom as { factor: number }).factor).toBeGreaterThan(1);
  expect(wheelIntention({ ...wheel, shiftKey: true }, 30)).toEqual({ kind: 'pan', byPixels: 100 });
  expect(wheelIntention({ ...wheel, deltaX: 40, deltaY: 5 }, 30)).toEqual({ kind: 'pan', byPixels: -40 });
});

it('leaves the browser its own keys', () => {
  expect(commandOf({ key: ' ', ...plain })).toEqual({ kind: 'play' });
  expect(commandOf({ key: 'ArrowRight', ...plain, shiftKey: true })).toEqual({ kind: 'step', byMs: 60_000 });
  expect(commandOf({ key: '+', ...plain, ctrlKey: true })).toBeUndefined();
  expect(commandOf({ key: 'Tab', ...plain })).toBeUndefined();
});

it('marks a range that is never reversed', () => {
  const edges = fc.array(
    fc.tuple(fc.constantFrom('start' as const, 'end' as const), fc.integer({ min: 0, max: 1000 })),
  );
  fc.assert(
    fc.property(edges, (acts) => {
      let mark: { start?: number; end?: number } = {};
      for (const [edge, at] of acts) {
        mark = marked(mark, edge, at);
        expect(mark[edge]).toBe(at);
        if (mark.start !== undefined && mark.end !== undefined) expect(mark.start).toBeLessThan(mark.end);
      }
    }),
  );
});

it('asks for the last wish only and drops older answers', async () => {
  vi.useFakeTimers();
  const asked: number[] = [];
  const taken: number[] = [];
  const slow = (wish: number) => new Promise<number>((resolve) => setTimeout(() => resolve(wish), 100));
  const latest = new Latest<number, number>(
    50,
    (wish) => (asked.push(wish), slow(wish)),
    (answer) => taken.push(answer),
  );
  latest.wish(1);
  latest.wish(2);
  await vi.advanceTimersByTimeAsync(60);
  latest.wish(3);
  await vi.advanceTimersByTimeAsync(400);
  expect(asked).toEqual([2, 3]);
  expect(taken).toEqual([3]);
  vi.useRealTimers();
});

it('lays lanes out in order, without overlap, and finds them again', () => {
  for (const layout of [stacked(1), stacked(4), stacked(16), spread(1, 390, 56), spread(3, 390, 56)]) {
    let last = layout.axis.to;
    for (const [row, bands] of layout.rows.entries())
      for (const name of LANES) {
        expect(bands[name].from).toBeGreaterThanOrEqual(last);
        expect(bands[name].to).toBeGreaterThan(bands[name].from);
        last = bands[name].to;
        expect(hit(layout, (bands[name].from + bands[name].to) / 2)).toEqual({ row, lane: name });
      }
    expect(last).toBeLessThanOrEqual(layout.size + 1e-6);
  }
});

it('lists what is in view, oldest first, and steps from violation to violation', () => {
  const dot = (at: number) => ({ at, id: String(at), state: 'to_review' as const, code: 'no_hat' });
  const gap = (start: number, cause: string) => ({ start, end: start + 1_000, cause, detail: '' });
  const empty = { title: '', footage: [], held: [], judged: [] };
  const rows: Row[] = [
    { ...empty, id: 'a', gaps: [gap(5_000, 'disk_full'), gap(90_000, 'recording')], dots: [dot(20_000)] },
    { ...empty, id: 'b', gaps: [], dots: [dot(1_000), dot(40_000)] },
  ];
  const { entries, more } = entriesIn(rows, { start: 0, end: 100_000 }, 3);
  expect(entries.map((entry) => entry.at)).toEqual([1_000, 5_000, 20_000]);
  expect(more).toBe(1);
  expect(neighbour(rows, 20_000, 1)?.at).toBe(40_000);
  expect(neighbour(rows, 20_000, -1)?.at).toBe(1_000);
  expect(neighbour(rows, 40_000, 1)).toBeUndefined();
});
