import { onBeforeUnmount, ref, watch, type Ref } from 'vue';

/** Seconds that a page of the wall stays; 0 is no patrol. A saved patrol may have others. */
export const DWELLS = [0, 10, 30, 60] as const;
const KEPT_AS = 'mingchu.patrol';

/** Reads what was chosen before; anything unknown is no patrol. */
export function readDwell(text: string | null): number {
  return DWELLS.find((dwell) => String(dwell) === text) ?? 0;
}

/**
 * Turns the pages of a wall (轮巡). A turn by hand begins the time anew; a hidden tab does not turn, nor does a pause.
 *
 * The choice is kept in this browser: each wall screen has its own.
 */
export function usePatrol(page: Readonly<Ref<number>>, pages: Readonly<Ref<number>>, turn: () => void) {
  const dwell = ref(readDwell(localStorage.getItem(KEPT_AS)));
  const isPaused = ref(false);
  /** Counts the times a page began to stay: what shows the time that passes begins anew with it. */
  const begun = ref(0);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const plan = () => {
    clearTimeout(timer);
    if (dwell.value === 0 || pages.value < 2 || isPaused.value) return;
    begun.value += 1;
    timer = setTimeout(() => {
      if (document.hidden) plan();
      else turn();
    }, dwell.value * 1000);
  };
  watch([dwell, page, pages, isPaused], plan, { immediate: true });
  watch(dwell, (chosen) => localStorage.setItem(KEPT_AS, String(chosen)));
  onBeforeUnmount(() => clearTimeout(timer));
  return { dwell, isPaused, begun };
}
