/** What the timeline shows. All times are milliseconds since the Unix epoch, UTC; spans are half open. */

export interface Span {
  start: number;
  end: number;
}

/** A time without footage; one that still lasts ends at "now". */
export interface GapSpan extends Span {
  cause: string;
  detail: string;
  /** It still lasts. */
  isOpen?: boolean;
  /** How many gaps are told as this one, and how much is missing in all. */
  count?: number;
  missingMs?: number;
}

/** How much of a time was judged, 0..1. */
export interface JudgedSpan extends Span {
  share: number;
}

export type DotState = 'to_review' | 'confirmed' | 'dismissed';

/** A violation. */
export interface Dot {
  at: number;
  id: string;
  state: DotState;
  /** Rule code; the words for it belong to the page. */
  code: string;
}

/** One camera. Each list is sorted by start; footage, gaps and judged spans do not overlap among themselves. */
export interface Row {
  id: string;
  title: string;
  footage: readonly Span[];
  gaps: readonly GapSpan[];
  /** Footage kept beyond its time, by order. */
  held: readonly Span[];
  judged: readonly JudgedSpan[];
  dots: readonly Dot[];
}

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Returns the index of the first span that ends after `t`; spans are sorted and do not overlap. */
export function firstEndingAfter(spans: readonly Span[], t: number): number {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((spans[middle] as Span).end > t) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Returns the span that holds `t`. */
export function spanAt<S extends Span>(spans: readonly S[], t: number): S | undefined {
  const span = spans[firstEndingAfter(spans, t)];
  return span !== undefined && span.start <= t ? span : undefined;
}

/** Returns where the next footage begins at or after `t`: `t` itself inside a span, nothing behind the last. */
export function nextFootage(footage: readonly Span[], t: number): number | undefined {
  const span = footage[firstEndingAfter(footage, t)];
  return span === undefined ? undefined : Math.max(span.start, t);
}

/** Sorts spans and joins those closer than `slackMs`: archive files of one run lie end to start. */
export function joined(spans: readonly Span[], slackMs: number): Span[] {
  const sorted = [...spans].sort((a, b) => a.start - b.start);
  const out: Span[] = [];
  for (const span of sorted) {
    const last = out[out.length - 1];
    if (last !== undefined && span.start - last.end <= slackMs) last.end = Math.max(last.end, span.end);
    else out.push({ start: span.start, end: span.end });
  }
  return out;
}
