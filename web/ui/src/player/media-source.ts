/** iPhones have ManagedMediaSource only; it also spares the battery, so it comes first where both exist. */
interface Managed {
  ManagedMediaSource?: typeof MediaSource;
}

export function mediaSourceType(): typeof MediaSource | undefined {
  const managed = (globalThis as Managed).ManagedMediaSource;
  return managed ?? (typeof MediaSource === 'undefined' ? undefined : MediaSource);
}

/** Opens a media source on `video` and returns it with the way to let go of it. */
export function attach(
  video: HTMLVideoElement,
  Type: typeof MediaSource,
): { source: MediaSource; release: () => void } {
  const source = new Type();
  const url = URL.createObjectURL(source);
  // A ManagedMediaSource plays only where AirPlay is ruled out.
  video.disableRemotePlayback = true;
  video.src = url;
  return {
    source,
    release: () => {
      URL.revokeObjectURL(url);
      video.removeAttribute('src');
      video.load();
    },
  };
}
