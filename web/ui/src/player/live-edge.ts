/** Where playback stands against what has arrived, in seconds of media time. */
export interface Edge {
  current: number;
  start: number;
  end: number;
  /** Usual time between two fragments. */
  frameS: number;
  /** Kept besides, because it stalled before. */
  marginS?: number;
}
export type Steer = { seek: number } | { rate: number };

/** Beyond this the viewer is told that the picture is late. */
export const LATE_S = 2;
const JUMP_S = 1.2;
const FASTEST = 0.15;

/** Distance kept from the edge: a picture and a little, so that slow streams do not stall between them. */
export function targetDelay(frameS: number): number {
  return Math.min(1, Math.max(0.04, 1.25 * frameS));
}

/** Decides how to come back to the live edge: jump when far, hurry the more the later, else play on. Pure. */
export function steer({ current, start, end, frameS, marginS = 0 }: Edge): Steer {
  const target = targetDelay(frameS) + marginS;
  const delay = end - current;
  if (current < start || delay < 0 || delay > JUMP_S + target) return { seek: Math.max(start, end - target) };
  const late = delay - target - Math.max(0.03, frameS / 2);
  return { rate: 1 + Math.min(FASTEST, Math.max(0, late / 2)) };
}
