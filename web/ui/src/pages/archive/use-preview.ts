import { onScopeDispose, shallowRef } from 'vue';
import { footage } from '@/api/footage';
import { Latest } from '@/timeline/latest';

interface Wish {
  viewId: string;
  cameraId: string;
  at: number;
}
const PAUSE_MS = 120;
const WIDTH = 240;

/** The still that follows the pointer: asked for once the pointer rests, the last wish wins. */
export function usePreview() {
  const preview = shallowRef<{ url: string; at: number }>();
  function show(next: { url: string; at: number } | undefined): void {
    if (preview.value) URL.revokeObjectURL(preview.value.url);
    preview.value = next;
  }
  const latest = new Latest<Wish, { url: string; at: number } | undefined>(
    PAUSE_MS,
    async ({ viewId, cameraId, at }, signal) => {
      const result = await footage.still(viewId, cameraId, at, { width: WIDTH, signal });
      return result.kind === 'success'
        ? { url: URL.createObjectURL(result.value.picture), at: result.value.at }
        : undefined;
    },
    show,
  );
  onScopeDispose(() => {
    latest.drop();
    show(undefined);
  });
  return {
    preview,
    ask: (wish: Wish) => latest.wish(wish),
    clear: () => {
      latest.drop();
      show(undefined);
    },
  };
}
