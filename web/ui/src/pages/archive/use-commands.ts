import { onBeforeUnmount, onMounted, type Ref } from 'vue';
import { commandOf, marked, type Command } from '@/timeline/keys';
import type { Row, Span } from '@/timeline/model';
import { panned, zoomed, type Bounds } from '@/timeline/scale';
import { neighbour } from '@/timeline/view-list';
import type { useDesk } from './use-desk';

interface Board {
  desk: ReturnType<typeof useDesk>;
  view: Ref<Span>;
  bounds: Ref<Bounds>;
  rows: Ref<readonly Row[]>;
  mark: Ref<Partial<Span>>;
  lead: Ref<string>;
  isHelpOpen: Ref<boolean>;
  /** Something else has the keyboard. */
  isBusy: () => boolean;
}

/** The newest footage of any row. */
export function newest(rows: readonly Row[]): number | undefined {
  const ends = rows.flatMap((row) => row.footage.slice(-1).map((span) => span.end));
  return ends.length === 0 ? undefined : Math.max(...ends);
}

/** Does what the keys and buttons ask for. */
export function useCommands({ desk, view, bounds, rows, mark, lead, isHelpOpen, isBusy }: Board) {
  const { deck, position } = desk;

  function zoom(factor: number): void {
    const { start, end } = view.value;
    const isInView = position.value >= start && position.value <= end;
    view.value = zoomed(view.value, isInView ? position.value : (start + end) / 2, factor, bounds.value);
  }
  function play(): void {
    if (desk.granted.grant.value === undefined) return;
    if (deck.isPlaying) deck.pause();
    else deck.play();
  }
  function run(command: Command): void {
    switch (command.kind) {
      case 'step':
        return void desk.seek(position.value + command.byMs);
      case 'page':
        view.value = panned(view.value, command.by * 0.9 * (view.value.end - view.value.start), bounds.value);
        return;
      case 'zoom':
        return zoom(command.factor);
      case 'mark':
        mark.value = marked(mark.value, command.edge, position.value);
        return;
      case 'unmark':
        mark.value = {};
        return;
      case 'play':
        return play();
      case 'frame':
        return void deck.frame(lead.value, command.by);
      case 'speed':
        return deck.rateBy(command.by);
      case 'violation': {
        const dot = neighbour(rows.value, position.value, command.by);
        return void (dot && desk.seek(dot.at));
      }
      case 'now': {
        const end = newest(rows.value);
        return void (end !== undefined && desk.seek(end - 10_000));
      }
      case 'help':
        isHelpOpen.value = true;
    }
  }

  function onKey(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    // A focused control keeps its own keys; letters are ours unless somebody types.
    const isControl =
      target.matches('button, a, summary, [role="tab"]') && (event.key === ' ' || event.key === 'Enter');
    if (isBusy() || isControl || target.matches('input, textarea, select') || target.closest('dialog[open]')) return;
    const command = commandOf(event);
    if (command === undefined) return;
    event.preventDefault();
    run(command);
  }
  onMounted(() => window.addEventListener('keydown', onKey));
  onBeforeUnmount(() => window.removeEventListener('keydown', onKey));
  return { run, zoom, play };
}
