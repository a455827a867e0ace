import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue';
import { footage } from '@/api/footage';
import type { ApiProblem } from '@/api/http';
import { DAY, SECOND, type Row, type Span } from '@/timeline/model';
import { emptyRow, rowOf } from './footage-rows';

/** A camera as the timeline needs it. */
export interface Named {
  id: string;
  title: string;
}

const PAUSE_MS = 120;
const AGAIN_MS = 8 * SECOND;
/** The API tells at most 31 days at once. */
const MOST = 31 * DAY;
/** Gaps are told apart down to about a pixel. */
const PIXELS = 1_600;

interface Loaded extends Span {
  resolutionS: number;
  key: string;
}

/** What to ask for so that the view and a view to each side are covered. */
function windowFor(view: Span, now: number): Span {
  const span = view.end - view.start;
  const beside = Math.min(span, Math.max(0, (MOST - span) / 2));
  return { start: view.start - beside, end: Math.max(Math.min(view.end + beside, now + 2_000), view.start + SECOND) };
}

const resolutionOf = (view: Span) => Math.min(86_400, Math.floor((view.end - view.start) / PIXELS / SECOND));

/** The timelines of some cameras around the view, as fine as the view needs; the newest answer wins. */
export function useRows(cameras: Ref<readonly Named[]>, view: Ref<Span>) {
  const rows = shallowRef<Row[]>([]);
  const problem = shallowRef<ApiProblem>();
  const isLoaded = ref(false);
  let loaded: Loaded | undefined;
  let running: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const keyOf = () => cameras.value.map(({ id }) => id).join();

  async function load(): Promise<void> {
    clearTimeout(timer);
    running?.abort();
    const mine = new AbortController();
    running = mine;
    const asked = windowFor(view.value, Date.now());
    const resolutionS = resolutionOf(view.value);
    const key = keyOf();
    const list = cameras.value;
    const answers = await Promise.all(
      list.map(({ id }) => footage.timeline(id, asked.start, asked.end, resolutionS || undefined, mine.signal)),
    );
    if (running !== mine) return;
    timer = setTimeout(() => void load(), AGAIN_MS);
    const failed = answers.find((answer) => answer.kind === 'error');
    problem.value = failed?.kind === 'error' ? failed.problem : undefined;
    const known = new Map(rows.value.map((row) => [row.id, row]));
    rows.value = list.map(({ id, title }, index) => {
      const answer = answers[index];
      return answer?.kind === 'success' ? rowOf(id, title, answer.value) : (known.get(id) ?? emptyRow(id, title));
    });
    if (failed === undefined) {
      loaded = { ...asked, resolutionS, key };
      isLoaded.value = true;
    }
  }

  /** Whether what is loaded covers the view finely enough. */
  function isEnough(): boolean {
    if (loaded === undefined || loaded.key !== keyOf()) return false;
    const end = Math.min(view.value.end, Date.now());
    const isCovered = loaded.start <= view.value.start && (loaded.end >= end || loaded.end >= Date.now() - AGAIN_MS);
    return isCovered && resolutionOf(view.value) * 3 >= loaded.resolutionS;
  }

  function look(): void {
    if (isEnough()) return;
    clearTimeout(timer);
    timer = setTimeout(() => void load(), PAUSE_MS);
  }
  watch(view, look);
  watch(cameras, (list, before) => {
    if (list.map(({ id }) => id).join() !== before.map(({ id }) => id).join()) void load();
  });
  void load();
  onScopeDispose(() => {
    clearTimeout(timer);
    running?.abort();
    running = undefined;
  });
  return { rows, problem, isLoaded, reload: load };
}
