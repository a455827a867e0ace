import { onBeforeUnmount, ref, watch, type Ref } from 'vue';

/** Seconds that a page of the wall stays; 0 is no patrol. */
export const DWELLS = [0, 10, 30, 60] as const;
export type Dwell = (typeof DWELLS)[number];
const KEPT_AS = 'mingchu.patrol';

/** Reads what was chosen before; anything unknown is no patrol. */
export function readDwell(text: string | null): Dwell {
  return DWELLS.find((dwell) => String(dwell) === text) ?? 0;
}

/**
 * Turns the pages of a wall (轮巡). A turn by hand begins the time anew; a hidden tab does not turn.
 *
 * The choice is kept in this browser: each wall screen has its own.
 */
export function usePatrol(page: Readonly<Ref<number>>, pages: Readonly<Ref<number>>, turn: () => void): Ref<Dwell> {
  const dwell = ref<Dwell>(readDwell(localStorage.getItem(KEPT_AS)));
  let timer: ReturnType<typeof setTimeout> | undefined;
  const plan = () => {
    clearTimeout(timer);
    if (dwell.value === 0 || pages.value < 2) return;
    timer = setTimeout(() => {
      if (document.hidden) plan();
      else turn();
    }, dwell.value * 1000);
  };
  watch([dwell, page, pages], plan, { immediate: true });
  watch(dwell, (chosen) => localStorage.setItem(KEPT_AS, String(chosen)));
  onBeforeUnmount(() => clearTimeout(timer));
  return dwell;
}
