import { computed, onScopeDispose, ref, shallowRef } from 'vue';
import { footage } from '@/api/footage';
import type { FootageExport, ViewReason } from '@/api/footage-types';
import type { ApiProblem } from '@/api/http';
import { HOUR, type Span } from '@/timeline/model';

/** The server makes at most this much in one file. */
export const MOST_EXPORT_MS = 2 * HOUR;
const POLL_MS = 700;

/** Time of `span` in which there is footage, ms. */
export function covered(span: Span, spans: readonly Span[]): number {
  return spans.reduce(
    (sum, { start, end }) => sum + Math.max(0, Math.min(end, span.end) - Math.max(start, span.start)),
    0,
  );
}

/** One export: registered with its reason, made by the server, fetched or dropped by the person. */
export function useExport() {
  const made = shallowRef<FootageExport>();
  const problem = shallowRef<ApiProblem>();
  const isStarting = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const isRunning = computed(() => made.value?.state === 'queued' || made.value?.state === 'running');

  async function start(cameraId: string, range: Span, reason: ViewReason): Promise<void> {
    isStarting.value = true;
    problem.value = undefined;
    made.value = undefined;
    const view = await footage.view({
      camera_ids: [cameraId],
      from: range.start,
      to: range.end,
      purpose: 'export',
      reason,
    });
    if (view.kind === 'error') problem.value = view.problem;
    if (view.kind === 'success') {
      const asked = await footage.export(view.value.view_id, cameraId, range.start, range.end);
      if (asked.kind === 'error') problem.value = asked.problem;
      if (asked.kind === 'success') follow(asked.value);
    }
    isStarting.value = false;
  }

  function follow(next: FootageExport): void {
    made.value = next;
    clearTimeout(timer);
    if (!isRunning.value) return;
    timer = setTimeout(async () => {
      const answer = await footage.exported(next.export_id);
      if (made.value?.export_id !== next.export_id) return;
      if (answer.kind === 'success') follow(answer.value);
      // The export goes on without us: an unreachable server is asked again.
      else follow(next);
    }, POLL_MS);
  }

  /** Stops it if it runs and deletes what was made. */
  async function drop(): Promise<void> {
    clearTimeout(timer);
    const id = made.value?.export_id;
    made.value = undefined;
    if (id === undefined) return;
    const result = await footage.dropExport(id);
    if (result.kind === 'error') problem.value = result.problem;
  }
  onScopeDispose(() => clearTimeout(timer));
  return { made, problem, isStarting, isRunning, start, drop, urlOf: footage.exportUrl };
}
