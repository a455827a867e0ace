/** Where playback stands against what has arrived, in seconds of media time. */
export interface Edge {
  current: number;
  start: number;
  end: number;
  /** Usual time between two fragments. */
  frameS: number;
}
export type Steer = { seek: number } | { rate: number };

/** Beyond this the viewer is told that the picture is late. */
export const LATE_S = 2;
const JUMP_S = 1.2;
const HURRY_S = 0.5;

/** Distance kept from the edge: two pictures, so that slow streams do not stall between them. */
export function targetDelay(frameS: number): number {
  return Math.min(1, Math.max(0.1, 2 * frameS));
}

/** Decides how to come back to the live edge: jump when far, hurry a little when near, else play on. Pure. */
export function steer({ current, start, end, frameS }: Edge): Steer {
  const target = targetDelay(frameS);
  const delay = end - current;
  if (current < start || delay < 0 || delay > JUMP_S + target) return { seek: Math.max(start, end - target) };
  if (delay > HURRY_S + target) return { rate: 1.15 };
  return { rate: 1 };
}
