import { onScopeDispose, shallowRef } from 'vue';
import { Latest } from '@/timeline/latest';
import type { PictureState, Source } from '@/timeline/playback/picture';

/** The key picture of where the clock went, shown until the video has its own: one request instead of a player's start. */
export function usePoster(source: () => Source) {
  const poster = shallowRef<string>();
  let isWanted = false;
  function show(url: string | undefined): void {
    if (poster.value) URL.revokeObjectURL(poster.value);
    poster.value = url;
  }
  const latest = new Latest<number, string | undefined>(
    0,
    (at, signal) => source().poster(at, signal),
    (url) => {
      // The video was sooner.
      if (isWanted) show(url);
      else if (url) URL.revokeObjectURL(url);
    },
  );
  function hide(): void {
    isWanted = false;
    latest.drop();
    show(undefined);
  }
  onScopeDispose(hide);
  return {
    poster,
    fetch: (at: number): void => {
      isWanted = true;
      latest.wish(at);
    },
    follow: (state: PictureState): void => {
      if (state.kind !== 'loading') hide();
    },
  };
}
