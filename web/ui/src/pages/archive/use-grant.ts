import { computed, ref, shallowRef } from 'vue';
import { footage } from '@/api/footage';
import type { FootageView, ViewReason } from '@/api/footage-types';
import type { ApiProblem } from '@/api/http';
import { MINUTE, type Span } from '@/timeline/model';
import { dayOf } from './kitchen-day';

/** What may be watched now: the reason is given once and kept, each day and set of cameras is registered by itself. */
export interface Grant extends Span {
  viewId: string;
  cameraIds: readonly string[];
  expiresAt: number;
}

const grantOf = ({ view_id, camera_ids, from, to, expires_at }: FootageView): Grant => ({
  viewId: view_id,
  cameraIds: camera_ids,
  start: Date.parse(from),
  end: Date.parse(to),
  expiresAt: Date.parse(expires_at),
});

export function useGrant() {
  const reason = ref<ViewReason>();
  const grant = shallowRef<Grant>();
  const problem = shallowRef<ApiProblem>();
  const isAsking = ref(false);
  let newest = 0;

  /** Whether the grant lets these cameras be seen at `t`. */
  function covers(cameraIds: readonly string[], t: number): boolean {
    const now = grant.value;
    return (
      now !== undefined &&
      now.start <= t &&
      t < now.end &&
      now.expiresAt - Date.now() > MINUTE &&
      cameraIds.every((id) => now.cameraIds.includes(id))
    );
  }

  /** Registers the viewing of the kitchen's day that holds `t`; true when it may be watched. */
  async function register(cameraIds: readonly string[], t: number): Promise<boolean> {
    if (reason.value === undefined || cameraIds.length === 0) return false;
    newest += 1;
    const mine = newest;
    isAsking.value = true;
    const { start, end } = dayOf(t);
    const result = await footage.view({
      camera_ids: [...cameraIds],
      from: start,
      to: end,
      purpose: 'view',
      reason: reason.value,
    });
    if (mine !== newest) return false;
    isAsking.value = false;
    if (result.kind === 'success') {
      grant.value = grantOf(result.value);
      problem.value = undefined;
      return true;
    }
    if (result.kind === 'error') problem.value = result.problem;
    return false;
  }

  function forget(): void {
    newest += 1;
    reason.value = undefined;
    grant.value = undefined;
  }
  return {
    reason,
    grant,
    problem,
    isAsking,
    covers,
    register,
    forget,
    isOpen: computed(() => grant.value !== undefined),
  };
}
