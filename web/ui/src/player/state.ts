/** How a picture comes here: over WebRTC, over a WebSocket, as LL-HLS, or as one JPEG a second. */
export type WayName = 'whep' | 'ws' | 'hls' | 'jpeg';

/** What a player shows. `offline` speaks of the camera, `broken` of the way between here and the server. */
export type PlayerState =
  | { kind: 'connecting' }
  | { kind: 'live' | 'late'; way: 'whep' | 'ws' | 'hls'; delayS: number }
  /** `because`: the refusal that left no video. */
  | { kind: 'stills'; way: 'jpeg'; url: string; delayS: number; because?: string }
  | { kind: 'offline'; since: string; cause: string; detail: string }
  | { kind: 'broken'; retryInS: number }
  | { kind: 'refused'; code: string; message: string }
  | { kind: 'paused' };
export type Refusal = Extract<PlayerState, { kind: 'refused' }>;

/** Where the same picture is to be had, way by way. */
export interface LiveSource {
  /** WebSocket. */
  socket: string;
  /** Takes a WebRTC offer. */
  whep?: string;
  /** Tells where the LL-HLS playlist is, with a ticket. */
  address?: string;
  /** The newest picture as JPEG. */
  picture?: string;
}

/** What a way of playing tells the player. */
export interface WayEvents {
  tell(state: PlayerState): void;
  /** This way does not work here; the next one is tried, and `refusal` is shown when there is none. */
  giveUp(refusal: Refusal): void;
  /** The server cannot be reached, or refused: all ways begin anew after a pause. */
  startOver(state?: PlayerState): void;
}

/** One way of playing. */
export interface Way {
  close(): void;
}

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

/** Reads the body of a refused request: the camera's loss, or a refusal. */
export function readRefusal(text: string, status: number): PlayerState {
  try {
    const { error } = JSON.parse(text) as { error: { code: string; message: string; cause?: string; since?: string } };
    const { code, message, cause, since } = error;
    if (since !== undefined && cause !== undefined) return { kind: 'offline', since, cause, detail: '' };
    return { kind: 'refused', code, message };
  } catch {
    return { kind: 'refused', code: `http_${status}`, message: '' };
  }
}

/** Refusals of one way of video that the other would meet too: single pictures are left. */
export const NO_VIDEO: ReadonlySet<string> = new Set(['not_playable', 'too_many_transcodes']);

/** Refusals that waiting cannot mend. */
export const FINAL_REFUSALS: ReadonlySet<string> = new Set([
  'not_playable',
  'no_gateway',
  'not_public',
  'signage_missing',
  'staff_notice_missing',
  'assessment_missing',
  'approval_missing',
  'hours_not_set',
  'out_of_hours',
  'no_public_pictures',
  'public_pictures_off',
  'cannot_hide',
  'forbidden',
  'not_found',
]);
