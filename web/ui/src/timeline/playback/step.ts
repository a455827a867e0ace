/** Tries of 20 ms each: kitchens run at 3 pictures a second or more. */
const MOST_TRIES = 20;
const TRY_S = 0.02;
/** A seek inside the same picture need not present anything. */
const PRESENT_MS = 400;

/** Seeks and waits until the browser has presented a picture; returns its time on the medium, nothing when none came. */
function show(video: HTMLVideoElement, mediaS: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      video.cancelVideoFrameCallback(handle);
      resolve(undefined);
    }, PRESENT_MS);
    const handle = video.requestVideoFrameCallback((_now, { mediaTime }) => {
      clearTimeout(timer);
      resolve(mediaTime);
    });
    video.currentTime = mediaS;
  });
}

/**
 * Steps one picture from the one on screen, whose time on the medium is `shownS`. The frame rate is not known and need
 * not be even: backwards a moment before the picture is the one before it; forwards it feels its way. Returns where it is.
 */
export async function stepFrame(video: HTMLVideoElement, by: 1 | -1, shownS: number): Promise<number> {
  const stand = (mediaS: number): number => {
    // Just inside the picture: its first instant may round into the one before.
    video.currentTime = mediaS + 0.001;
    return mediaS + 0.001;
  };
  if (by < 0) return stand((await show(video, Math.max(0, shownS - 0.004))) ?? shownS - 0.004);
  const end = Number.isFinite(video.duration) ? video.duration : shownS + 60;
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    const next = await show(video, Math.min(end, shownS + 0.001 + tries * TRY_S));
    if (next !== undefined && next > shownS + 0.001) return stand(next);
  }
  return video.currentTime;
}
