export const SIZES = [1, 4, 9, 16] as const;
export type Size = (typeof SIZES)[number];

/** What a key asks the wall for. */
export type Command =
  { kind: 'turn'; by: 1 | -1 } | { kind: 'size'; size: Size } | { kind: 'pause' } | { kind: 'full' } | { kind: 'back' };

/** 6 is the last digit of 16. */
const DIGITS: Record<string, Size> = { 1: 1, 4: 4, 9: 9, 6: 16 };

/** Reads a key; nothing while somebody types, or when a focused control has the key itself. */
export function commandOf(event: KeyboardEvent): Command | undefined {
  const target = event.target as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey || target.matches('input, select, textarea')) return undefined;
  const size = DIGITS[event.key];
  if (size !== undefined) return { kind: 'size', size };
  switch (event.key) {
    case 'ArrowRight':
      return { kind: 'turn', by: 1 };
    case 'ArrowLeft':
      return { kind: 'turn', by: -1 };
    case ' ':
      return target.matches('button, a, summary') ? undefined : { kind: 'pause' };
    case 'f':
    case 'F':
      return { kind: 'full' };
    case 'Escape':
      return { kind: 'back' };
    default:
      return undefined;
  }
}
