import { computed } from 'vue';
import { cameras, places } from '@/api/client';
import type { CameraCoverage } from '@/api/types';
import { usePoll } from '@/use-poll';

export type Share = Omit<CameraCoverage, 'camera_id'>;
const NOTHING: Share = { observed_ms: 0, judged_ms: 0, cannot_judge_ms: 0 };
const plus = (a: Share, b: Share): Share => ({
  observed_ms: a.observed_ms + b.observed_ms,
  judged_ms: a.judged_ms + b.judged_ms,
  cannot_judge_ms: a.cannot_judge_ms + b.cannot_judge_ms,
});

/** Coverage since midnight, in all and by canteen. */
export function useCoverage() {
  const range = () => {
    const now = new Date();
    return { from: new Date(now.getFullYear(), now.getMonth(), now.getDate()).toISOString(), to: now.toISOString() };
  };
  const coverage = usePoll((signal) => places.coverage(range(), signal), 15_000);
  const list = usePoll((signal) => cameras.list(undefined, signal), 15_000);
  const rows = computed(() => coverage.data.value?.cameras ?? []);
  const byCanteen = computed(() => {
    const canteenOf = new Map((list.data.value?.cameras ?? []).map((camera) => [camera.id, camera.canteen_id]));
    const sums = new Map<string, Share>();
    for (const row of rows.value) {
      const canteen = canteenOf.get(row.camera_id);
      if (canteen !== undefined) sums.set(canteen, plus(sums.get(canteen) ?? NOTHING, row));
    }
    return sums;
  });
  return { total: computed(() => rows.value.reduce<Share>(plus, NOTHING)), byCanteen };
}
