import type { FootageTimeline } from '@/api/footage-types';
import type { Row } from '@/timeline/model';

const ms = (iso: string) => Date.parse(iso);

/** Turns the API's timeline of a camera into what the canvas draws; a gap that lasts ends where the answer does. */
export function rowOf(id: string, title: string, answer: FootageTimeline): Row {
  const end = ms(answer.as_of);
  return {
    id,
    title,
    footage: answer.spans.map(({ from, to }) => ({ start: ms(from), end: ms(to) })),
    gaps: answer.gaps.map(({ from, to, cause, detail, count, missing_s }) => ({
      start: ms(from),
      end: to === null ? end : ms(to),
      cause,
      detail,
      isOpen: to === null,
      count,
      missingMs: missing_s * 1000,
    })),
    // What is held without an end is held until the order is lifted.
    held: answer.held.map(({ from, to }) => ({ start: ms(from), end: to === null ? end : ms(to) })),
    judged: answer.observed
      .filter(({ observed_ms }) => observed_ms > 0)
      .map(({ from, to, observed_ms, judged_ms }) => ({
        start: ms(from),
        end: Math.min(ms(to), end),
        share: Math.min(1, judged_ms / observed_ms),
      })),
    dots: (answer.violations ?? [])
      .map(({ violation_id, at, code, state }) => ({ id: violation_id, at: ms(at), code, state }))
      .sort((a, b) => a.at - b.at),
  };
}

export const emptyRow = (id: string, title: string): Row => ({
  id,
  title,
  footage: [],
  gaps: [],
  held: [],
  judged: [],
  dots: [],
});
