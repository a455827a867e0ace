import type { ServiceHours } from '@/api/types';

/** Returns the minute of the day of `HH:MM`, up to 24:00; undefined when it is none. */
export function clock(text: string): number | undefined {
  const [, hour, minute] = /^(\d\d):(\d\d)$/.exec(text) ?? [];
  if (hour === undefined || minute === undefined) return undefined;
  const minutes = Number(hour) * 60 + Number(minute);
  return Number(minute) < 60 && minutes <= 1440 ? minutes : undefined;
}

/** Whether the server would take the line: a day, and a begin before the end. */
export function isValid({ days, from, until }: ServiceHours): boolean {
  const [begin, end] = [clock(from), clock(until)];
  return days.length > 0 && begin !== undefined && end !== undefined && begin < end;
}

/** Returns the day in China at a time, as `2026-09-01`. */
export const today = (atMs: number): string => new Date(atMs + 8 * 3_600_000).toISOString().slice(0, 10);

/** Returns a line of hours for reading, as `一 二 三 10:30–12:30`. */
export function spoken(line: ServiceHours, day: (number: number) => string): string {
  const days = line.days.length === 7 ? day(0) : line.days.map(day).join(' ');
  return `${days} ${line.from}–${line.until}`;
}

/** What a new line holds. */
export const lunch = (): ServiceHours => ({ days: [1, 2, 3, 4, 5], from: '10:30', until: '12:30' });
