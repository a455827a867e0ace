/** What a player shows. `offline` speaks of the camera, `broken` of the way between here and the server. */
export type PlayerState =
  | { kind: 'connecting' }
  | { kind: 'live'; delayS: number }
  | { kind: 'late'; delayS: number }
  | { kind: 'offline'; since: string; cause: string; detail: string }
  | { kind: 'broken'; retryInS: number }
  | { kind: 'refused'; code: string; message: string }
  | { kind: 'paused' };

/** Messages of the live protocol, text side. */
export type LiveText =
  | { type: 'init'; codec: string; width: number; height: number }
  | { type: 'lost'; cause: string; detail: string; since: string }
  | { type: 'error'; code: string; message: string };

/** Reads a text message; anything unknown is null and ignored, so that an older page survives a newer server. */
export function readText(text: string): LiveText | null {
  try {
    const message = JSON.parse(text) as Partial<LiveText> & Record<string, unknown>;
    return message.type === 'init' || message.type === 'lost' || message.type === 'error'
      ? (message as LiveText)
      : null;
  } catch {
    return null;
  }
}

/** Refusals that waiting cannot mend. */
export const FINAL_REFUSALS: ReadonlySet<string> = new Set([
  'not_playable',
  'no_gateway',
  'not_public',
  'no_public_derivative',
  'forbidden',
  'not_found',
]);
