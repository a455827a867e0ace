import { onBeforeUnmount, ref, watch } from 'vue';
import { isSaidWeak, MOST_PLAYING, NetworkWatch } from './saving';

const LOOK_MS = 2_000;
const KEPT_AS = 'mingchu.wall.most';

/** What the wall may play: how many tiles, kept in this browser, and whether the network carries video at all. */
export function useSaving() {
  const kept = Number(localStorage.getItem(KEPT_AS));
  const most = ref<number>(MOST_PLAYING.find((n) => n === kept) ?? 9);
  const isWeak = ref(false);
  const network = new NetworkWatch();
  const said = () => (navigator as { connection?: { saveData?: boolean; effectiveType?: string } }).connection;
  const look = () => (isWeak.value = isSaidWeak(said()) || network.isWeak(performance.now()));
  const timer = setInterval(look, LOOK_MS);
  look();
  watch(most, (chosen) => localStorage.setItem(KEPT_AS, String(chosen)));
  onBeforeUnmount(() => clearInterval(timer));
  return { most, isWeak, note: (id: string, state: string | undefined) => network.note(id, state, performance.now()) };
}
