import type { Dot, GapSpan, Row } from './model';
import { firstEndingAfter } from './model';
import type { View } from './scale';

/** A gap or a violation in view, for those who cannot see the canvas, and for whoever prefers a list. */
export type Entry =
  { kind: 'gap'; row: string; at: number; gap: GapSpan } | { kind: 'violation'; row: string; at: number; dot: Dot };

/** Returns what lies in view, oldest first, at most `most`, and how many more there are. */
export function entriesIn(rows: readonly Row[], view: View, most: number): { entries: Entry[]; more: number } {
  const all: Entry[] = [];
  for (const row of rows) {
    for (let index = firstEndingAfter(row.gaps, view.start); index < row.gaps.length; index += 1) {
      const gap = row.gaps[index] as GapSpan;
      if (gap.start >= view.end) break;
      // What is being written now is no loss.
      if (gap.cause !== 'recording') all.push({ kind: 'gap', row: row.id, at: gap.start, gap });
    }
    for (const dot of row.dots)
      if (dot.at >= view.start && dot.at < view.end) all.push({ kind: 'violation', row: row.id, at: dot.at, dot });
  }
  all.sort((a, b) => a.at - b.at);
  return { entries: all.slice(0, most), more: Math.max(0, all.length - most) };
}

/** Returns the violation before or after `t`. */
export function neighbour(rows: readonly Row[], t: number, by: 1 | -1): Dot | undefined {
  let best: Dot | undefined;
  for (const row of rows)
    for (const dot of row.dots) {
      // Half a second around the position is the violation one already stands on.
      if (by > 0 ? dot.at <= t + 500 : dot.at >= t - 500) continue;
      if (best === undefined || (by > 0 ? dot.at < best.at : dot.at > best.at)) best = dot;
    }
  return best;
}
