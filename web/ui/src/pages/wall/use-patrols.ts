import { computed, onScopeDispose, ref, watch, type Ref } from 'vue';
import { patrols as api, places } from '@/api/client';
import type { Area, Patrol, PatrolEdit } from '@/api/types';
import { usePoll } from '@/use-poll';

const UNDO_MS = 10_000;

/** What is saved of a patrol, to be sent again. */
export function editOf(patrol: Patrol): PatrolEdit {
  const { area_id, name, canteen_id, camera_ids, tiles, dwell_s, hours } = patrol;
  return { area_id, name, canteen_id: canteen_id ?? null, camera_ids: camera_ids ?? null, tiles, dwell_s, hours };
}

/** The patrol whose hours are now, unless one of them runs already or somebody said no to it. */
export function offer(patrols: readonly Patrol[], chosen: string, declined: ReadonlySet<string>): Patrol | undefined {
  if (patrols.some((patrol) => patrol.id === chosen && patrol.is_now)) return undefined;
  return patrols.find((patrol) => patrol.is_now && !declined.has(patrol.id));
}

/** The saved patrols of one's areas, which of them is offered now, and the one that was deleted a moment ago. */
export function usePatrols(chosen: Readonly<Ref<string>>) {
  const list = usePoll((signal) => api.list(signal), 30_000);
  const areas = ref<Area[]>([]);
  const declined = ref(new Set<string>());
  const removed = ref<Patrol>();
  let forget: ReturnType<typeof setTimeout> | undefined;
  void places.areas().then((result) => {
    if (result.kind === 'success') areas.value = result.value.areas;
  });
  onScopeDispose(() => clearTimeout(forget));

  const all = computed(() => list.data.value?.patrols ?? []);
  // who said no is asked again the next time
  watch(all, (patrols) => {
    const now = new Set(patrols.filter(({ is_now }) => is_now).map(({ id }) => id));
    declined.value = new Set([...declined.value].filter((id) => now.has(id)));
  });

  async function remove(patrol: Patrol): Promise<void> {
    const result = await api.remove(patrol.id);
    if (result.kind !== 'success') return list.refresh();
    removed.value = patrol;
    clearTimeout(forget);
    forget = setTimeout(() => (removed.value = undefined), UNDO_MS);
    await list.refresh();
  }
  /** Saves what was deleted anew; returns its id. */
  async function undo(): Promise<string | undefined> {
    const patrol = removed.value;
    removed.value = undefined;
    if (patrol === undefined) return undefined;
    const result = await api.save(editOf(patrol));
    await list.refresh();
    return result.kind === 'success' ? result.value.id : undefined;
  }

  return {
    all,
    areas,
    isKnown: computed(() => list.data.value !== undefined),
    chosen: computed(() => all.value.find(({ id }) => id === chosen.value)),
    offered: computed(() => offer(all.value, chosen.value, declined.value)),
    removed,
    decline: (id: string) => (declined.value = new Set([...declined.value, id])),
    refresh: list.refresh,
    remove,
    undo,
  };
}
