import { DAY, HOUR, MINUTE, SECOND } from './model';
import { spanOf, type View } from './scale';

export type TickUnit = 'day' | 'minute' | 'second';
export interface Tick {
  at: number;
  /** A day begins here: its date is written even where the others are hours. */
  isDay: boolean;
}
export interface Ticks {
  stepMs: number;
  /** How exact the labels are. */
  unit: TickUnit;
  list: Tick[];
}

const STEPS = [
  1 * SECOND,
  2 * SECOND,
  5 * SECOND,
  10 * SECOND,
  15 * SECOND,
  30 * SECOND,
  1 * MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  1 * HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  1 * DAY,
  2 * DAY,
  5 * DAY,
  10 * DAY,
] as const;

/** Returns the smallest step whose labels have `minPixels` each. */
export function stepFor(view: View, length: number, minPixels: number): number {
  const least = (spanOf(view) / Math.max(1, length)) * minPixels;
  return STEPS.find((step) => step >= least) ?? 10 * DAY;
}

/** Midnight of the reader's calendar, `days` later; a day need not have 24 hours. */
export function midnight(t: number, days = 0): number {
  const date = new Date(t);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days).getTime();
}

/** Whole days since a fixed day, by the calendar. */
function dayNumber(t: number): number {
  const date = new Date(t);
  return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / DAY);
}

function byDays(view: View, stepDays: number): Tick[] {
  const list: Tick[] = [];
  for (let at = midnight(view.start); at < view.end; at = midnight(at, 1))
    if (at >= view.start && dayNumber(at) % stepDays === 0) list.push({ at, isDay: true });
  return list;
}

/** Returns the ticks in view, aligned to the reader's midnights. */
export function ticks(view: View, length: number, minPixels: number): Ticks {
  const stepMs = stepFor(view, length, minPixels);
  if (stepMs >= DAY) return { stepMs, unit: 'day', list: byDays(view, stepMs / DAY) };
  const list: Tick[] = [];
  for (let day = midnight(view.start); day < view.end; day = midnight(day, 1)) {
    const end = Math.min(midnight(day, 1), view.end);
    const skipped = Math.max(0, Math.ceil((view.start - day) / stepMs));
    for (let at = day + skipped * stepMs; at < end; at += stepMs) list.push({ at, isDay: at === day });
  }
  return { stepMs, unit: stepMs < MINUTE ? 'second' : 'minute', list };
}
