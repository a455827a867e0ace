import { onScopeDispose, shallowRef } from 'vue';
import { footage } from '@/api/footage';
import { SECOND, spanAt, type GapSpan, type Row, type Span } from '@/timeline/model';
import { rowOf } from './footage-rows';
import type { Named } from './use-rows';

/** One camera's day to the last gap, and whether a browser plays it. */
export interface Exact {
  row: Row;
  hasVideo: boolean;
}
const AGAIN_MS = 6 * SECOND;

/** Where the chosen cameras have footage on one day, exactly: the clock of playback goes by it. */
export function useExact(changed: (footage: Map<string, readonly Span[]>) => void) {
  const exact = shallowRef(new Map<string, Exact>());
  let running: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function load(cameras: readonly Named[], day: Span): Promise<void> {
    clearTimeout(timer);
    running?.abort();
    const mine = new AbortController();
    running = mine;
    const answers = await Promise.all(
      cameras.map(({ id }) => footage.timeline(id, day.start, day.end, undefined, mine.signal)),
    );
    if (running !== mine) return;
    const next = new Map<string, Exact>();
    cameras.forEach(({ id, title }, index) => {
      const answer = answers[index];
      const known = exact.value.get(id);
      if (answer?.kind === 'success')
        next.set(id, { row: rowOf(id, title, answer.value), hasVideo: answer.value.codec !== 'h265' });
      else if (known) next.set(id, known);
    });
    exact.value = next;
    changed(new Map([...next].map(([id, { row }]) => [id, row.footage])));
    // A day that is over changes only by deletion and by damage that is found.
    timer = setTimeout(() => void load(cameras, day), day.end > Date.now() ? AGAIN_MS : 10 * AGAIN_MS);
  }

  onScopeDispose(() => {
    clearTimeout(timer);
    running?.abort();
    running = undefined;
  });
  return {
    exact,
    load,
    gapAt: (id: string, at: number): GapSpan | undefined =>
      spanAt(exact.value.get(id)?.row.gaps ?? [], at) as GapSpan | undefined,
  };
}
