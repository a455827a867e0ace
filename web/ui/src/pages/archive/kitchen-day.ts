import { DAY, HOUR, type Span } from '@/timeline/model';

/** Kitchens keep Asia/Shanghai, which has no summer time. */
const OFFSET = 8 * HOUR;

/** The kitchen's day that holds `t`. */
export function dayOf(t: number): Span {
  const start = Math.floor((t + OFFSET) / DAY) * DAY - OFFSET;
  return { start, end: start + DAY };
}

/** "2026-11-21". */
export function dateOf(t: number): string {
  return new Date(t + OFFSET).toISOString().slice(0, 10);
}

/** First instant of a date "2026-11-21". */
export function startOf(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) - OFFSET;
}

/** The weeks of a month, Monday first; days of other months are null. `month` is "2026-11". */
export function weeksOf(month: string): (string | null)[][] {
  const [year = 1970, number = 1] = month.split('-').map(Number);
  const days = new Date(Date.UTC(year, number, 0)).getUTCDate();
  const before = (new Date(Date.UTC(year, number - 1, 1)).getUTCDay() + 6) % 7;
  const cells: (string | null)[] = Array.from({ length: before }, () => null);
  for (let day = 1; day <= days; day += 1) cells.push(`${month}-${String(day).padStart(2, '0')}`);
  while (cells.length % 7 !== 0) cells.push(null);
  return Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(week * 7, week * 7 + 7));
}

/** The month `by` months later. */
export function monthBy(month: string, by: number): string {
  const [year = 1970, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number - 1 + by, 1)).toISOString().slice(0, 7);
}
