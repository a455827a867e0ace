import { firstEndingAfter, joined, type Dot, type DotState, type GapSpan, type JudgedSpan, type Span } from './model';
import { pixelAt, timeAt, type View } from './scale';

/** A stretch of the axis in pixels. */
export interface Run {
  from: number;
  to: number;
}

/** Returns the index of the last span that starts at or before `t`, -1 before the first. */
function lastStartingBy(spans: readonly Span[], t: number, from: number): number {
  let low = from;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((spans[middle] as Span).start <= t) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Coarser copies of long lists, made once a list and level: the lists themselves never change. */
const levels = new WeakMap<readonly Span[], Map<number, readonly Span[]>>();

/** Returns spans in which pauses up to a power of four are joined, none of which is longer than `pauseMs`. */
function coarse(spans: readonly Span[], pauseMs: number): readonly Span[] {
  const slack = 4 ** Math.floor(Math.log(Math.max(1, pauseMs)) / Math.log(4));
  const known = levels.get(spans) ?? new Map<number, readonly Span[]>();
  levels.set(spans, known);
  let level = known.get(slack);
  if (level === undefined) {
    level = joined(spans, slack);
    known.set(slack, level);
  }
  return level;
}

/**
 * Joins what lies closer than half a pixel. The work grows with the pixels, never with the spans: spans that a
 * pixel hides are jumped over by bisection.
 */
export function runs(all: readonly Span[], view: View, length: number): Run[] {
  const spans = all.length > 2 * length ? coarse(all, ((view.end - view.start) / length) * 0.5) : all;
  const out: Run[] = [];
  let index = firstEndingAfter(spans, view.start);
  while (index < spans.length) {
    const first = spans[index] as Span;
    if (first.start >= view.end) break;
    const from = Math.max(0, pixelAt(view, length, first.start));
    let to = pixelAt(view, length, first.end);
    let last = index;
    while (to < length) {
      const reached = lastStartingBy(spans, timeAt(view, length, to + 0.5), last + 1);
      if (reached <= last) break;
      last = reached;
      to = pixelAt(view, length, (spans[last] as Span).end);
    }
    out.push({ from, to: Math.min(length, to) });
    index = last + 1;
  }
  return out;
}

export interface GapRun extends Run {
  gap: GapSpan;
}

/** Returns the gaps in view, each at least `least` pixels long; what lies wholly under a drawn one is left out. */
export function gapRuns(gaps: readonly GapSpan[], view: View, length: number, least: number): GapRun[] {
  const out: GapRun[] = [];
  let index = firstEndingAfter(gaps, view.start);
  while (index < gaps.length) {
    const gap = gaps[index] as GapSpan;
    if (gap.start >= view.end) break;
    const before = out[out.length - 1]?.to ?? 0;
    const from = Math.max(before, pixelAt(view, length, gap.start));
    const to = Math.min(length, Math.max(from + least, pixelAt(view, length, gap.end)));
    out.push({ from, to, gap });
    index = Math.max(index + 1, firstEndingAfter(gaps, timeAt(view, length, to)));
  }
  return out;
}

export interface Column extends Run {
  /** Judged share, 0..1: the mean over its time. */
  share: number;
}

/** Joins neighbouring judged spans into columns of at least `least` pixels. */
export function columns(judged: readonly JudgedSpan[], view: View, length: number, least: number): Column[] {
  const out: Column[] = [];
  let last: (Column & { endsAt: number; weight: number }) | undefined;
  for (let index = firstEndingAfter(judged, view.start); index < judged.length; index += 1) {
    const { start, end, share } = judged[index] as JudgedSpan;
    if (start >= view.end) break;
    const to = Math.min(length, pixelAt(view, length, end));
    const weight = end - start;
    if (last !== undefined && last.endsAt === start && last.to - last.from < least) {
      last.share = (last.share * last.weight + share * weight) / (last.weight + weight);
      last.weight += weight;
      last.to = to;
      last.endsAt = end;
    } else {
      last = { from: Math.max(0, pixelAt(view, length, start)), to, share, endsAt: end, weight };
      out.push(last);
    }
  }
  return out;
}

export interface Cluster {
  /** Pixel of its middle. */
  at: number;
  dots: Dot[];
  /** The state that most wants a person. */
  state: DotState;
}

const URGENCY: readonly DotState[] = ['to_review', 'confirmed', 'dismissed'];

/** Joins violations whose dots would cover one another. Dots are sorted by time. */
export function clusters(dots: readonly Dot[], view: View, length: number, size: number): Cluster[] {
  const out: Cluster[] = [];
  let low = 0;
  let high = dots.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((dots[middle] as Dot).at >= view.start) high = middle;
    else low = middle + 1;
  }
  for (let index = low; index < dots.length; index += 1) {
    const dot = dots[index] as Dot;
    if (dot.at >= view.end) break;
    const at = pixelAt(view, length, dot.at);
    const last = out[out.length - 1];
    if (last !== undefined && at - last.at < size) {
      last.dots.push(dot);
      if (URGENCY.indexOf(dot.state) < URGENCY.indexOf(last.state)) last.state = dot.state;
    } else out.push({ at, dots: [dot], state: dot.state });
  }
  return out;
}
