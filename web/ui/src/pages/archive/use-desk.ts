import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { footage as api } from '@/api/footage';
import type { ViewReason } from '@/api/footage-types';
import type { Span } from '@/timeline/model';
import { MINUTE, SECOND } from '@/timeline/model';
import type { Rate } from '@/timeline/playback/clock';
import { Deck } from '@/timeline/playback/deck';
import type { Picture, Source } from '@/timeline/playback/picture';
import { dayOf } from './kitchen-day';
import { useArchiveWords } from './use-archive-words';
import { useExact } from './use-exact';
import { useGrant, type Grant } from './use-grant';
import type { Named } from './use-rows';

/** Wide enough to know what it shows, small enough to be there before the video. */
const POSTER_WIDTH = 640;

/** A file of the archive is closed, and can be played, so soon after it began. */
const NEWEST_MS = 2 * MINUTE;

/** Everything behind the pictures: the clock, the registered viewing, where footage is, and what to tell people. */
export function useDesk(cameras: Ref<readonly Named[]>, lead: Ref<string>, startAt: number) {
  const { t } = useI18n();
  const words = useArchiveWords();
  const granted = useGrant();
  const position = ref(startAt);
  const playing = ref<{ isPlaying: boolean; rate: Rate }>({ isPlaying: false, rate: 1 });
  const message = ref('');
  const sources = shallowRef(new Map<string, Source>());
  const pictures = new Map<string, Picture>();
  const ids = computed(() => cameras.value.map(({ id }) => id));

  const deck = new Deck(startAt, {
    moved: (at) => (position.value = at),
    changed: (next) => (playing.value = next),
    jumped: (over) => (message.value = jumpWords(over)),
    ended: (at) => void atEnd(at),
  });
  const exact = useExact((spans) => deck.setFootage(spans));
  onScopeDispose(() => deck.close());

  function jumpWords({ start, end }: Span): string {
    const [from, to] = [words.short(start), words.time(end)];
    const gap = exact.gapAt(lead.value, start);
    return gap
      ? t('archive.play.jumped', { from, to, cause: words.cause(gap.cause) })
      : t('archive.play.jumpedPlain', { from, to });
  }

  /** Behind the last footage of a day comes the next day; behind that of today comes nothing yet. */
  async function atEnd(at: number): Promise<void> {
    const next = granted.grant.value?.end ?? Infinity;
    const isMidnight = at >= next - 2 * SECOND;
    if (isMidnight && next < Date.now()) {
      if (await enter(next)) deck.play();
    } else {
      const isNewest = Date.now() - at < NEWEST_MS;
      message.value = t(isNewest ? 'archive.play.endedNow' : 'archive.play.ended', { at: words.short(at) });
    }
  }

  function sourceOf(cameraId: string, grant: Grant): Source {
    return {
      range: { start: grant.start, end: grant.end },
      playlistUrl: (from, to) => api.playlistUrl(grant.viewId, cameraId, from, to),
      still: async (at, signal) => {
        const result = await api.still(grant.viewId, cameraId, at, { exact: true, width: 1280, signal });
        if (result.kind === 'aborted') return undefined;
        return result.kind === 'success'
          ? { url: URL.createObjectURL(result.value.picture), at: result.value.at }
          : { code: result.problem.code, status: result.problem.status };
      },
      poster: async (at, signal) => {
        const result = await api.still(grant.viewId, cameraId, at, { width: POSTER_WIDTH, signal });
        return result.kind === 'success' ? URL.createObjectURL(result.value.picture) : undefined;
      },
      expired: () => void enter(position.value),
    };
  }

  /** Registers the viewing of the day that holds `t` and goes there. */
  async function enter(t0: number): Promise<boolean> {
    const before = granted.grant.value;
    const [isGiven] = await Promise.all([granted.register(ids.value, t0), exact.load(cameras.value, dayOf(t0))]);
    const grant = granted.grant.value;
    if (!isGiven || grant === undefined) return false;
    sources.value = new Map(ids.value.map((id) => [id, sourceOf(id, grant)]));
    if (before !== undefined && granted.reason.value)
      message.value = t('archive.reason.registered', {
        day: words.date(t0),
        reason: t(`archive.reason.code.${granted.reason.value.code}`),
      });
    deck.seek(t0);
    return true;
  }

  async function open(reason: ViewReason): Promise<void> {
    granted.reason.value = reason;
    if (await enter(position.value)) deck.play();
    else if (granted.grant.value === undefined) granted.reason.value = undefined;
  }

  async function seek(t0: number): Promise<void> {
    message.value = '';
    if (granted.reason.value === undefined) {
      deck.seek(t0);
      position.value = t0;
    } else if (granted.covers(ids.value, t0)) deck.seek(t0);
    else await enter(t0);
  }

  watch(ids, async (next, before) => {
    if (next.join() === before.join() || granted.reason.value === undefined) return;
    if (!granted.covers(next, position.value)) await enter(position.value);
    else {
      const grant = granted.grant.value as Grant;
      sources.value = new Map(next.map((id) => [id, sources.value.get(id) ?? sourceOf(id, grant)]));
      await exact.load(cameras.value, dayOf(position.value));
    }
  });

  function changeReason(): void {
    deck.pause();
    granted.forget();
    sources.value = new Map();
  }

  return {
    deck,
    granted,
    position,
    playing,
    message,
    sources,
    exact: exact.exact,
    gapAt: exact.gapAt,
    open,
    seek,
    changeReason,
    hold: (id: string, picture: Picture) => pictures.set(id, picture),
    bytesPerSecond: (id: string) => pictures.get(id)?.bytesPerSecond,
  };
}
