import type { Rate } from './clock';

/** What a picture says of itself. */
export type PictureState =
  | { kind: 'idle' }
  | { kind: 'loading' }
  | { kind: 'shown' }
  /** There is no footage of this camera now. */
  | { kind: 'gap' }
  /** The server refuses it; `code` is the API's. */
  | { kind: 'failed'; code: string; status: number };

/** Where a picture shall be. */
export interface Aim {
  at: number;
  rate: Rate;
  isPlaying: boolean;
  /** Whether this camera has footage at `at`. */
  hasFootage: boolean;
}

/** One camera's picture: a video, or stills where the browser cannot play the footage. */
export interface Picture {
  aim(aim: Aim): void;
  /** Time of the picture on screen; nothing before the first. */
  readonly at: number | undefined;
  readonly state: PictureState;
  /** Mean size of a second of footage, once known. */
  readonly bytesPerSecond?: number | undefined;
  /** Shows the next or previous picture; returns its time. */
  step(by: 1 | -1): Promise<number | undefined>;
  close(): void;
}

/** Where the bytes come from; a view that has ended is asked for again. */
export interface Source {
  /** The time this source may show; a playlist never asks for more. */
  readonly range: { start: number; end: number };
  playlistUrl(from: number, to: number): string;
  still(
    at: number,
    signal: AbortSignal,
  ): Promise<{ url: string; at: number } | { code: string; status: number } | undefined>;
  /** The key picture at or before a time: what can be shown before a player has begun. */
  poster(at: number, signal: AbortSignal): Promise<string | undefined>;
  /** The server says that the view has ended. */
  expired(): void;
}
