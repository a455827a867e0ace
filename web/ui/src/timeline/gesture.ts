/** Turns pointers into intentions; all positions are CSS pixels along and across the axis. */
export interface Touch {
  id: number;
  along: number;
  across: number;
}
export type Intention =
  | { kind: 'pan'; byPixels: number }
  | { kind: 'zoom'; about: number; factor: number }
  | { kind: 'tap'; along: number; across: number }
  | { kind: 'scrub'; along: number; isLast: boolean }
  | { kind: 'hover'; along: number; across: number };

/** A pointer that moved less than this has tapped. */
const SLOP = 5;

type Mode = { kind: 'idle' } | { kind: 'press'; from: Touch } | { kind: 'pan' } | { kind: 'scrub' } | { kind: 'pinch' };

export class Gesture {
  private readonly down = new Map<number, Touch>();
  private mode: Mode = { kind: 'idle' };

  /** A drag that begins on the playhead scrubs; any other pans. */
  press(touch: Touch, isOnPlayhead: boolean): Intention[] {
    if (this.down.size >= 2) return [];
    this.down.set(touch.id, touch);
    if (this.down.size === 2) this.mode = { kind: 'pinch' };
    else this.mode = isOnPlayhead ? { kind: 'scrub' } : { kind: 'press', from: touch };
    return [];
  }

  move(touch: Touch): Intention[] {
    const before = this.down.get(touch.id);
    if (before === undefined) return this.down.size === 0 ? [{ kind: 'hover', ...place(touch) }] : [];
    if (this.mode.kind === 'pinch') return this.pinch(before, touch);
    if (this.mode.kind === 'press') {
      if (Math.hypot(touch.along - before.along, touch.across - before.across) < SLOP) return [];
      this.mode = { kind: 'pan' };
    }
    this.down.set(touch.id, touch);
    if (this.mode.kind === 'scrub') return [{ kind: 'scrub', along: touch.along, isLast: false }];
    return [{ kind: 'pan', byPixels: touch.along - before.along }];
  }

  release(touch: Touch): Intention[] {
    if (!this.down.delete(touch.id)) return [];
    const { mode } = this;
    // The finger that stays after a pinch goes on to pan; it must not tap when it lifts.
    this.mode = this.down.size > 0 ? { kind: 'pan' } : { kind: 'idle' };
    if (mode.kind === 'press') return [{ kind: 'tap', ...place(touch) }];
    return mode.kind === 'scrub' ? [{ kind: 'scrub', along: touch.along, isLast: true }] : [];
  }

  /** The system took the pointer away: nothing was meant. */
  cancel(id: number): void {
    this.down.delete(id);
    if (this.down.size === 0) this.mode = { kind: 'idle' };
  }

  get isHeld(): boolean {
    return this.down.size > 0;
  }

  private pinch(before: Touch, after: Touch): Intention[] {
    const other = [...this.down.values()].find((touch) => touch.id !== after.id);
    this.down.set(after.id, after);
    if (other === undefined) return [];
    const was = before.along - other.along;
    const is = after.along - other.along;
    // Fingers side by side across the axis say nothing about time.
    if (Math.abs(was) < 8 || Math.abs(is) < 8 || Math.sign(was) !== Math.sign(is)) return [];
    return [{ kind: 'zoom', about: other.along, factor: is / was }];
  }
}

const place = ({ along, across }: Touch) => ({ along, across });

/** What a wheel means: zoom about the pointer, or pan when it turns sideways or Shift is held. */
export function wheelIntention(
  {
    deltaX,
    deltaY,
    deltaMode,
    shiftKey,
    ctrlKey,
  }: Pick<WheelEvent, 'deltaX' | 'deltaY' | 'deltaMode' | 'shiftKey' | 'ctrlKey'>,
  along: number,
): Intention {
  const unit = deltaMode === 1 ? 16 : deltaMode === 2 ? 400 : 1;
  if (shiftKey || Math.abs(deltaX) > Math.abs(deltaY))
    return { kind: 'pan', byPixels: -(Math.abs(deltaX) > Math.abs(deltaY) ? deltaX : deltaY) * unit };
  // A trackpad's pinch comes as a wheel with Ctrl and small steps.
  return { kind: 'zoom', about: along, factor: Math.exp(-deltaY * unit * (ctrlKey ? 0.01 : 0.002)) };
}
