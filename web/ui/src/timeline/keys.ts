/** What the keys mean; the help of the page lists the same. */
export type Command =
  | { kind: 'step'; byMs: number }
  | { kind: 'page'; by: 1 | -1 }
  | { kind: 'zoom'; factor: number }
  | { kind: 'mark'; edge: 'start' | 'end' }
  | { kind: 'unmark' }
  | { kind: 'play' }
  | { kind: 'frame'; by: 1 | -1 }
  | { kind: 'speed'; by: 1 | -1 }
  | { kind: 'violation'; by: 1 | -1 }
  | { kind: 'now' }
  | { kind: 'help' };

const STEP_MS = 5_000;
const LONG_STEP_MS = 60_000;

type Pressed = Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey'>;

/** Returns the command of a key, or nothing for keys that belong to the browser. */
export function commandOf({ key, shiftKey, ctrlKey, metaKey, altKey }: Pressed): Command | undefined {
  if (ctrlKey || metaKey || altKey) return undefined;
  const stepMs = shiftKey ? LONG_STEP_MS : STEP_MS;
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowUp':
      return { kind: 'step', byMs: -stepMs };
    case 'ArrowRight':
    case 'ArrowDown':
      return { kind: 'step', byMs: stepMs };
    case 'PageUp':
      return { kind: 'page', by: -1 };
    case 'PageDown':
      return { kind: 'page', by: 1 };
    case '+':
    case '=':
      return { kind: 'zoom', factor: 2 };
    case '-':
    case '_':
      return { kind: 'zoom', factor: 0.5 };
    case '[':
      return { kind: 'mark', edge: 'start' };
    case ']':
      return { kind: 'mark', edge: 'end' };
    case 'Escape':
      return { kind: 'unmark' };
    case ' ':
      return { kind: 'play' };
    case ',':
      return { kind: 'frame', by: -1 };
    case '.':
      return { kind: 'frame', by: 1 };
    case '<':
      return { kind: 'speed', by: -1 };
    case '>':
      return { kind: 'speed', by: 1 };
    case 'p':
    case 'P':
      return { kind: 'violation', by: -1 };
    case 'n':
    case 'N':
      return { kind: 'violation', by: 1 };
    case 'End':
      return { kind: 'now' };
    case '?':
      return { kind: 'help' };
    default:
      return undefined;
  }
}

/** Sets one edge of the export range; an edge past the other begins a new range there. */
export function marked(
  mark: { start?: number; end?: number },
  edge: 'start' | 'end',
  at: number,
): { start?: number; end?: number } {
  if (edge === 'start') return mark.end !== undefined && mark.end > at ? { start: at, end: mark.end } : { start: at };
  return mark.start !== undefined && mark.start < at ? { start: mark.start, end: at } : { end: at };
}
