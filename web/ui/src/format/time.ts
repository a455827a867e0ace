import type { Locale } from '@/i18n';

const DAY_MS = 86_400_000;
const two = (n: number) => String(n).padStart(2, '0');
const startOfDay = (t: Date) => new Date(t.getFullYear(), t.getMonth(), t.getDate()).getTime();

export function clock(t: Date, withSeconds: boolean): string {
  const short = `${two(t.getHours())}:${two(t.getMinutes())}`;
  return withSeconds ? `${short}:${two(t.getSeconds())}` : short;
}

/** "11:42:07" today, "昨天 11:42", then the full date. */
export function nearTime(iso: string, now: Date, yesterday: string): string {
  const t = new Date(iso);
  const days = Math.round((startOfDay(now) - startOfDay(t)) / DAY_MS);
  if (days === 0) return clock(t, true);
  if (days === 1) return `${yesterday} ${clock(t, false)}`;
  return `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())} ${clock(t, false)}`;
}

/** The exact time with its zone, for hovering. */
export function exactTime(iso: string, locale: Locale): string {
  return new Date(iso).toLocaleString(locale, { dateStyle: 'full', timeStyle: 'long' });
}

/** A date as notices print it. */
export function formalTime(iso: string, locale: Locale): string {
  const t = new Date(iso);
  if (locale === 'en') return t.toLocaleString('en', { dateStyle: 'long', timeStyle: 'short', hour12: false });
  return `${t.getFullYear()}年${t.getMonth() + 1}月${t.getDate()}日${clock(t, false)}`;
}

export interface Span {
  unit: 'days' | 'hours' | 'minutes';
  n: number;
}
/** The largest whole unit of a stretch of time, at least one minute. */
export function span(ms: number): Span {
  const minutes = Math.max(1, Math.floor(Math.abs(ms) / 60_000));
  if (minutes < 120) return { unit: 'minutes', n: minutes };
  return minutes < 48 * 60
    ? { unit: 'hours', n: Math.floor(minutes / 60) }
    : { unit: 'days', n: Math.floor(minutes / 1440) };
}
