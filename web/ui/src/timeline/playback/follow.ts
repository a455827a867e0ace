/** What a picture must do to be where the clock is. */
export type Correction = { kind: 'none' } | { kind: 'rate'; rate: number } | { kind: 'seek' };

const CLOSE_MS = 60;
const FAR_MS = 1_500;
const PAUSED_MS = 20;
/** The strongest nudge: nobody sees a tenth. */
const NUDGE = 0.1;

/**
 * Compares a picture with the clock. Small differences are played away, large ones are a seek. All differences
 * are in footage time, so at 8x they may be eight times as large.
 */
export function correction(pictureAt: number, clockAt: number, rate: number, isPlaying: boolean): Correction {
  const behind = clockAt - pictureAt;
  if (!isPlaying) return Math.abs(behind) > PAUSED_MS ? { kind: 'seek' } : { kind: 'none' };
  const scale = Math.max(1, rate);
  if (Math.abs(behind) > FAR_MS * scale) return { kind: 'seek' };
  if (Math.abs(behind) < CLOSE_MS * scale) return { kind: 'rate', rate };
  const nudge = Math.max(-NUDGE, Math.min(NUDGE, behind / (2_000 * scale)));
  // A browser plays at no more than 16x.
  return { kind: 'rate', rate: Math.min(16, rate * (1 + nudge)) };
}
