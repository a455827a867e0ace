import { expect, it } from 'vitest';
import type { Context } from './brush';
import { draw, type Scene } from './draw';
import { spread, stacked } from './layout';
import { DAY, HOUR, MINUTE, type Row } from './model';
import { causeLook } from './theme';

const NOW = Date.UTC(2026, 10, 21, 12);
const CAUSES = ['network_lost', 'camera_offline', 'gateway_down'] as const;

/** Thirty days of one camera: a file a minute, a gap every hour, violations through the day. */
export function month(id: string): Row {
  const start = NOW - 30 * DAY;
  return {
    id,
    title: id,
    footage: Array.from({ length: 43_200 }, (_, i) => ({
      start: start + i * MINUTE,
      end: start + i * MINUTE + (i % 60 === 59 ? 30_000 : MINUTE),
    })),
    gaps: Array.from({ length: 720 }, (_, i) => ({
      start: start + i * HOUR + 59.5 * MINUTE,
      end: start + (i + 1) * HOUR,
      cause: CAUSES[i % 3] as string,
      detail: '',
    })),
    held: [{ start: start + 3 * DAY, end: start + 4 * DAY }],
    judged: Array.from({ length: 720 }, (_, i) => ({
      start: start + i * HOUR,
      end: start + (i + 1) * HOUR,
      share: (i % 10) / 10,
    })),
    dots: Array.from({ length: 300 }, (_, i) => ({
      at: start + i * 2 * HOUR,
      id: `${id}-${i}`,
      state: 'to_review' as const,
      code: 'no_hat',
    })),
  };
}

interface Call {
  name: string;
  args: unknown[];
  fillStyle: unknown;
}
/** A context that paints nothing and remembers everything. */
function recorder(): { context: Context; calls: Call[] } {
  const calls: Call[] = [];
  const state: Record<string, unknown> = {};
  const context = new Proxy(state, {
    get: (held, name: string) =>
      name === 'measureText'
        ? (words: string) => ({ width: words.length * 12 })
        : (held[name] ?? ((...args: unknown[]) => calls.push({ name, args, fillStyle: held.fillStyle }))),
  });
  return { context: context as unknown as Context, calls };
}

function scene(rows: readonly Row[], spanMs: number, isVertical = false): Scene {
  return {
    view: { start: NOW - spanMs, end: NOW },
    length: isVertical ? 600 : 1200,
    layout: isVertical ? spread(rows.length, 390, 56) : stacked(rows.length),
    rows,
    isVertical,
    now: NOW,
    position: NOW - spanMs / 2,
    hover: undefined,
    mark: { start: NOW - spanMs / 3, end: NOW - spanMs / 4 },
    words: { cause: (code) => code, tick: (at) => String(at), now: 'now' },
  };
}

function paint(asked: Scene): Call[] {
  const { context, calls } = recorder();
  draw(context, (cause) => `hatch:${cause}`, asked);
  return calls;
}

it('paints nothing outside the canvas, whichever way time runs', () => {
  for (const isVertical of [false, true])
    for (const span of [MINUTE, HOUR, DAY, 30 * DAY]) {
      const asked = scene([month('a'), month('b')], span, isVertical);
      const [width, height] = isVertical ? [asked.layout.size, asked.length] : [asked.length, asked.layout.size];
      for (const { name, args } of paint(asked)) {
        if (name !== 'fillRect') continue;
        const [x, y, w, h] = args as [number, number, number, number];
        expect(x).toBeGreaterThanOrEqual(-7);
        expect(y).toBeGreaterThanOrEqual(-7);
        expect(x + w).toBeLessThanOrEqual(width + 7);
        expect(y + h).toBeLessThanOrEqual(height + 7);
        expect(w).toBeGreaterThanOrEqual(0);
        expect(h).toBeGreaterThanOrEqual(0);
      }
    }
});

it('does work that grows with the screen, not with the archive', () => {
  const rows = Array.from({ length: 16 }, (_, i) => month(`camera-${i}`));
  const calls = paint(scene(rows, 30 * DAY));
  // 16 cameras x 43,200 files are 691,200 spans.
  expect(calls.length).toBeLessThan(60_000);
});

it('hatches each gap in the manner of its cause and writes the cause where there is room', () => {
  const calls = paint(scene([month('a')], 3 * HOUR));
  for (const cause of CAUSES) {
    const drawn = calls.some(
      ({ name, fillStyle }) =>
        name === 'fillRect' && (fillStyle === `hatch:${cause}` || fillStyle === causeLook(cause).colour),
    );
    expect(drawn, cause).toBe(true);
  }
  // The last half minute before NOW is a gap: too short for its word at ten minutes, long enough at two.
  const words = (span: number) =>
    paint(scene([month('a')], span)).filter(({ name, args }) => name === 'fillText' && args[0] === 'gateway_down');
  expect(words(10 * MINUTE)).toHaveLength(0);
  expect(words(2 * MINUTE)).toHaveLength(1);
});
