/** Outlines that a person draws: plain numbers, no framework. Corners are relative to the picture, 0..1. */
export interface Corner {
  x: number;
  y: number;
}
export type Fault = { kind: 'few' } | { kind: 'outside'; corner: number } | { kind: 'crossing'; a: number; b: number };

const clamp = (n: number) => Math.min(1, Math.max(0, n));
export const inside = ({ x, y }: Corner): Corner => ({ x: clamp(x), y: clamp(y) });

function turn(a: Corner, b: Corner, c: Corner): number {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}
function cross(a: Corner, b: Corner, c: Corner, d: Corner): boolean {
  const overlap = (a1: number, a2: number, b1: number, b2: number) =>
    Math.min(a1, a2) <= Math.max(b1, b2) && Math.min(b1, b2) <= Math.max(a1, a2);
  return (
    turn(a, b, c) * turn(a, b, d) <= 0 &&
    turn(c, d, a) * turn(c, d, b) <= 0 &&
    overlap(a.x, b.x, c.x, d.x) &&
    overlap(a.y, b.y, c.y, d.y)
  );
}

/** Returns what is wrong with an outline, as the server would; corners count from 1. */
export function faultOf(corners: readonly Corner[]): Fault | undefined {
  const n = corners.length;
  if (n < 3) return { kind: 'few' };
  const outside = corners.findIndex(({ x, y }) => x < 0 || x > 1 || y < 0 || y > 1);
  if (outside >= 0) return { kind: 'outside', corner: outside + 1 };
  const at = (index: number): Corner => corners[index % n] as Corner;
  for (let first = 0; first < n; first++) {
    for (let second = first + 2; second < n; second++) {
      if ((second + 1) % n === first) continue;
      if (cross(at(first), at(first + 1), at(second), at(second + 1)))
        return { kind: 'crossing', a: first + 1, b: second + 1 };
    }
  }
  return undefined;
}

/** Returns where in the outline a new corner belongs: into the edge that is nearest to it. */
export function edgeFor(corners: readonly Corner[], p: Corner): number {
  let best = corners.length;
  let least = Number.POSITIVE_INFINITY;
  corners.forEach((a, index) => {
    const b = corners[(index + 1) % corners.length] as Corner;
    const length = (b.x - a.x) ** 2 + (b.y - a.y) ** 2 || 1e-9;
    const along = clamp(((p.x - a.x) * (b.x - a.x) + (p.y - a.y) * (b.y - a.y)) / length);
    const distance = Math.hypot(a.x + along * (b.x - a.x) - p.x, a.y + along * (b.y - a.y) - p.y);
    if (distance < least) {
      least = distance;
      best = index + 1;
    }
  });
  return best;
}

/** Returns the box around an outline, grown by `by` of its sides: what the analyzer looks at for a bin. */
export function boxAround(corners: readonly Corner[], by: number): { x: number; y: number; w: number; h: number } {
  const xs = corners.map((p) => p.x);
  const ys = corners.map((p) => p.y);
  const [x1, x2, y1, y2] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const [dx, dy] = [((x2 - x1) * by) / 2, ((y2 - y1) * by) / 2];
  const [left, top] = [clamp(x1 - dx), clamp(y1 - dy)];
  return { x: left, y: top, w: clamp(x2 + dx) - left, h: clamp(y2 + dy) - top };
}

/** Undo and redo over values that are never changed in place. */
export class History<T> {
  private past: T[] = [];
  private future: T[] = [];
  constructor(public now: T) {}
  push(next: T): void {
    this.past = [...this.past.slice(-99), this.now];
    this.future = [];
    this.now = next;
  }
  undo(): boolean {
    const before = this.past.pop();
    if (before === undefined) return false;
    this.future.push(this.now);
    this.now = before;
    return true;
  }
  redo(): boolean {
    const after = this.future.pop();
    if (after === undefined) return false;
    this.past.push(this.now);
    this.now = after;
    return true;
  }
  get canUndo(): boolean {
    return this.past.length > 0;
  }
  get canRedo(): boolean {
    return this.future.length > 0;
  }
}
