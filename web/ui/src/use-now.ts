import { onScopeDispose, ref, type Ref } from 'vue';

const now = ref(new Date());
let users = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** The time of the page, moving once a second while anybody looks. */
export function useNow(): Ref<Date> {
  if (users === 0) {
    now.value = new Date();
    timer = setInterval(() => (now.value = new Date()), 1000);
  }
  users += 1;
  onScopeDispose(() => {
    users -= 1;
    if (users === 0) clearInterval(timer);
  });
  return now;
}
