import { DAY, SECOND, type Span } from './model';

/** The stretch of time on screen. Invariant: start < end. */
export type View = Span;

/** How far the view may go: its length, and the times it may show. */
export interface Bounds extends Span {
  minSpan: number;
  maxSpan: number;
}

/** From ten seconds to a month on screen. */
export const MIN_SPAN = 10 * SECOND;
export const MAX_SPAN = 31 * DAY;

export const spanOf = (view: View): number => view.end - view.start;

/** Pixels from the start of the axis; outside the view this lies outside 0..length. */
export function pixelAt(view: View, length: number, t: number): number {
  return ((t - view.start) / spanOf(view)) * length;
}

/** The time under a pixel. */
export function timeAt(view: View, length: number, pixel: number): number {
  return view.start + (pixel / length) * spanOf(view);
}

/** Returns the nearest view that keeps the bounds: first its length, then its place. */
export function fitted(view: View, bounds: Bounds): View {
  const room = Math.max(bounds.end - bounds.start, bounds.minSpan);
  const span = Math.min(Math.max(spanOf(view), bounds.minSpan), bounds.maxSpan, room);
  const middle = (view.start + view.end) / 2;
  const wanted = span === spanOf(view) ? view.start : middle - span / 2;
  const start = Math.min(Math.max(wanted, bounds.start), bounds.start + room - span);
  return { start, end: start + span };
}

/** Zooms so that `about` stays where it is on screen; `factor` above 1 shows less time. */
export function zoomed(view: View, about: number, factor: number, bounds: Bounds): View {
  const room = Math.max(bounds.end - bounds.start, bounds.minSpan);
  const span = Math.min(Math.max(spanOf(view) / factor, bounds.minSpan), bounds.maxSpan, room);
  const share = (about - view.start) / spanOf(view);
  const start = about - share * span;
  return fitted({ start, end: start + span }, bounds);
}

/** Moves the view by a length of time. */
export function panned(view: View, byMs: number, bounds: Bounds): View {
  return fitted({ start: view.start + byMs, end: view.end + byMs }, bounds);
}

/** Moves the view only as far as needed to show `t` with a margin of `share` of the view. */
export function revealed(view: View, t: number, share: number, bounds: Bounds): View {
  const margin = spanOf(view) * share;
  if (t < view.start + margin) return panned(view, t - margin - view.start, bounds);
  if (t > view.end - margin) return panned(view, t + margin - view.end, bounds);
  return view;
}

/** A view of `span` around `t`. */
export function around(t: number, span: number, bounds: Bounds): View {
  return fitted({ start: t - span / 2, end: t + span / 2 }, bounds);
}
