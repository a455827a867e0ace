import type { Span } from '../model';

/** One piece of a playlist: where it lies on the medium (s) and in time (ms since the epoch). */
export interface Piece {
  mediaStart: number;
  durationS: number;
  startsAt: number;
}

/** Where pieces meet they belong together up to this; more is a gap. */
const SLACK_MS = 250;

/** Translates between the medium's seconds and the time of day; gaps are on the medium's axis no time at all. */
export class MediaMap {
  /** Pieces are in order. */
  constructor(private readonly pieces: readonly Piece[]) {}

  get isEmpty(): boolean {
    return this.pieces.length === 0;
  }

  /** What the medium covers, gaps included. */
  get range(): Span | undefined {
    const first = this.pieces[0];
    const last = this.pieces[this.pieces.length - 1];
    if (first === undefined || last === undefined) return undefined;
    return { start: first.startsAt, end: last.startsAt + last.durationS * 1000 };
  }

  /** The second of the medium at a time of day; nothing inside a gap. */
  mediaAt(t: number): number | undefined {
    let low = 0;
    let high = this.pieces.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.pieces[middle] as Piece).startsAt <= t) low = middle + 1;
      else high = middle;
    }
    const piece = this.pieces[low - 1];
    if (piece === undefined) {
      const first = this.pieces[0];
      return first !== undefined && first.startsAt - t <= SLACK_MS ? first.mediaStart : undefined;
    }
    const inside = t - piece.startsAt;
    if (inside < piece.durationS * 1000) return piece.mediaStart + inside / 1000;
    return inside <= piece.durationS * 1000 + SLACK_MS ? piece.mediaStart + piece.durationS - 0.001 : undefined;
  }

  /** The time of day at a second of the medium. */
  timeAt(mediaS: number): number | undefined {
    let low = 0;
    let high = this.pieces.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.pieces[middle] as Piece).mediaStart <= mediaS + 0.001) low = middle + 1;
      else high = middle;
    }
    const piece = this.pieces[Math.max(0, low - 1)];
    return piece === undefined ? undefined : piece.startsAt + (mediaS - piece.mediaStart) * 1000;
  }
}
