import { computed, ref, shallowRef, watch } from 'vue';
import { violations } from '@/api/client';
import type { ApiProblem, Result } from '@/api/http';
import type { DismissReason, Violation, ViolationState } from '@/api/types';
import { usePoll } from '@/use-poll';

const UNDO_MS = 10_000;
export interface Decided {
  violation: Violation;
  state: 'confirmed' | 'dismissed';
  until: number;
}

/** The queue of one state: polling, choice, verdicts with undo. */
export function useReviewQueue(state: () => ViolationState) {
  const { data, problem, asOf, isSlow, refresh } = usePoll((signal) =>
    violations.list({ state: state(), limit: 100 }, signal),
  );
  const chosenId = ref<string>();
  const decided = shallowRef<Decided>();
  const refused = shallowRef<ApiProblem>();
  const isBusy = ref(false);
  // Decided rows leave at once; the next answer of the server agrees.
  const gone = ref(new Set<string>());
  let forget: ReturnType<typeof setTimeout> | undefined;

  const rows = computed(() => (data.value?.violations ?? []).filter((row) => !gone.value.has(row.id)));
  const index = computed(() => rows.value.findIndex((row) => row.id === chosenId.value));
  const chosen = computed(() => rows.value[index.value]);
  watch(rows, (now) => {
    if (index.value < 0) chosenId.value = now[0]?.id;
  });
  watch(state, () => {
    gone.value = new Set();
    chosenId.value = undefined;
    data.value = undefined;
    void refresh();
  });

  function move(by: 1 | -1): void {
    const next = rows.value[Math.min(rows.value.length - 1, Math.max(0, index.value + by))];
    if (next) chosenId.value = next.id;
  }

  async function decide(to: Decided['state'], ask: (id: string) => Promise<Result<Violation>>): Promise<void> {
    const violation = chosen.value;
    if (!violation || violation.state !== 'to_review' || isBusy.value) return;
    isBusy.value = true;
    refused.value = undefined;
    const result = await ask(violation.id);
    isBusy.value = false;
    if (result.kind === 'error') refused.value = result.problem;
    if (result.kind !== 'success') return;
    const next = rows.value[index.value + 1] ?? rows.value[index.value - 1];
    gone.value = new Set([...gone.value, violation.id]);
    chosenId.value = next?.id;
    decided.value = { violation, state: to, until: Date.now() + UNDO_MS };
    clearTimeout(forget);
    forget = setTimeout(() => (decided.value = undefined), UNDO_MS);
  }

  async function undo(): Promise<boolean> {
    const last = decided.value;
    if (!last) return false;
    clearTimeout(forget);
    decided.value = undefined;
    const result = await violations.undo(last.violation.id);
    if (result.kind === 'error') refused.value = result.problem;
    if (result.kind !== 'success') return false;
    gone.value = new Set([...gone.value].filter((id) => id !== last.violation.id));
    chosenId.value = last.violation.id;
    await refresh();
    return true;
  }

  return {
    data,
    problem,
    asOf,
    isSlow,
    refresh,
    rows,
    index,
    chosen,
    chosenId,
    decided,
    refused,
    isBusy,
    move,
    undo,
    confirm: () => decide('confirmed', violations.confirm),
    dismiss: (reason: DismissReason) => decide('dismissed', (id) => violations.dismiss(id, reason)),
  };
}
