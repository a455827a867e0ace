import { onScopeDispose, ref, shallowRef } from 'vue';
import type { ApiProblem, Result } from '@/api/http';

const SKELETON_MS = 300;

/** Asks again every `everyMs` while the page is visible; keeps the last good answer through errors. */
export function usePoll<T>(ask: (signal: AbortSignal) => Promise<Result<T>>, everyMs = 4000) {
  const data = shallowRef<T>();
  const problem = shallowRef<ApiProblem>();
  const asOf = ref<string>();
  const isSlow = ref(false);
  let controller: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isStopped = false;
  const skeleton = setTimeout(() => (isSlow.value = data.value === undefined), SKELETON_MS);

  async function refresh(): Promise<void> {
    clearTimeout(timer);
    controller?.abort();
    const mine = new AbortController();
    controller = mine;
    const result = await ask(mine.signal);
    // A newer question is under way, or nobody listens any more.
    if (isStopped || controller !== mine) return;
    if (result.kind === 'success') {
      data.value = result.value;
      problem.value = undefined;
      asOf.value = new Date().toISOString();
      isSlow.value = false;
    } else if (result.kind === 'error') {
      problem.value = result.problem;
    }
    timer = setTimeout(again, everyMs);
  }
  const again = () => {
    if (document.hidden) timer = setTimeout(again, everyMs);
    else void refresh();
  };
  onScopeDispose(() => {
    isStopped = true;
    clearTimeout(timer);
    clearTimeout(skeleton);
    controller?.abort();
  });
  void refresh();
  return { data, problem, asOf, isSlow, refresh };
}
