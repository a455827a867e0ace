/** Why a tile shows one picture a second instead of video. */
export type Saving = 'many_tiles' | 'weak_network';

/** So many tiles play at the same time; those behind them show a picture a second. */
export const MOST_PLAYING = [4, 9, 16] as const;

/** Late for so long, more than half of the tiles: the network is too weak for them. */
const LATE_MS = 10_000;
/** After this long they may try again. */
const REST_MS = 60_000;

/** Tells from how late the tiles are whether the network carries them. Pure: time comes in. */
export class NetworkWatch {
  private readonly lateSince = new Map<string, number | undefined>();
  private weakUntil = -Infinity;

  /** What a tile says of itself; `undefined` when it is gone. */
  note(id: string, state: string | undefined, now: number): void {
    if (state === undefined) this.lateSince.delete(id);
    else if (state !== 'late') this.lateSince.set(id, undefined);
    else this.lateSince.set(id, this.lateSince.get(id) ?? now);
  }

  isWeak(now: number): boolean {
    if (now < this.weakUntil) return true;
    const all = [...this.lateSince.values()];
    const late = all.filter((since) => since !== undefined && now - since >= LATE_MS);
    if (all.length > 1 && late.length * 2 > all.length) this.weakUntil = now + REST_MS;
    return now < this.weakUntil;
  }
}

/** What the browser knows of the network, where it tells. */
export function isSaidWeak(connection: { saveData?: boolean; effectiveType?: string } | undefined): boolean {
  return connection?.saveData === true || ['slow-2g', '2g', '3g'].includes(connection?.effectiveType ?? '');
}

/** Why the tile at this place plays no video, if so. */
export function savingOf(place: number, most: number, isWeak: boolean): Saving | undefined {
  if (isWeak) return 'weak_network';
  return place >= most ? 'many_tiles' : undefined;
}
