import { hatcher, type Hatcher } from './brush';
import { DOT, draw, type Scene, type Words } from './draw';
import { Gesture, wheelIntention, type Intention } from './gesture';
import { commandOf, type Command } from './keys';
import { hit, spread, stacked, type LaneName, type Layout } from './layout';
import { spanAt, type Dot, type GapSpan, type Row, type Span } from './model';
import { clusters } from './runs';
import { fitted, panned, pixelAt, timeAt, zoomed, type Bounds, type View } from './scale';

/** What lies under the pointer. */
export interface Pointed {
  at: number;
  /** CSS pixels inside the canvas. */
  x: number;
  y: number;
  row: number | undefined;
  lane: LaneName | undefined;
  gap: GapSpan | undefined;
  dots: readonly Dot[];
}
export interface Listener {
  view: (view: View) => void;
  /** Somebody wants to be at this time; while `isLast` is false the playhead is still being dragged. */
  seek: (at: number, isLast: boolean, pointed: Pointed | undefined) => void;
  hover: (pointed: Pointed | undefined) => void;
  command: (command: Command) => void;
}

const PLAYHEAD_REACH = 9;
const VERTICAL_AXIS = 58;

/** The timeline on a canvas: it shows rows, and reports what people want. It holds no footage and plays nothing. */
export class Timeline {
  private readonly context: CanvasRenderingContext2D;
  private readonly gesture = new Gesture();
  private readonly watcher: ResizeObserver;
  private readonly ended = new AbortController();
  private rows: readonly Row[] = [];
  private layout: Layout = stacked(1);
  private hatch: Hatcher = () => '#888';
  private view: View;
  private position: number | undefined;
  private now: number;
  private mark: Partial<Span> = {};
  private hover: number | undefined;
  private frame = 0;
  private length = 1;
  /** How long the last drawing took. */
  lastDrawMs = 0;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private bounds: Bounds,
    view: View,
    private isVertical: boolean,
    private words: Words,
    private readonly listener: Listener,
  ) {
    const context = canvas.getContext('2d', { alpha: false });
    if (context === null) throw new Error('this browser draws no canvas');
    this.context = context;
    this.now = bounds.end;
    this.view = fitted(view, bounds);
    this.listen();
    this.watcher = new ResizeObserver(() => this.measure());
    this.watcher.observe(canvas.parentElement ?? canvas);
    this.measure();
  }

  setRows(rows: readonly Row[]): void {
    const isRegular = rows.length === this.rows.length;
    this.rows = rows;
    if (isRegular) this.ask();
    else this.measure();
  }
  setWords(words: Words): void {
    this.words = words;
    this.ask();
  }
  setVertical(isVertical: boolean): void {
    if (isVertical === this.isVertical) return;
    this.isVertical = isVertical;
    this.measure();
  }
  setPosition(position: number | undefined): void {
    this.position = position;
    this.ask();
  }
  setNow(now: number, bounds: Bounds): void {
    this.now = now;
    this.bounds = bounds;
    this.ask();
  }
  setMark(mark: Partial<Span>): void {
    this.mark = mark;
    this.ask();
  }
  setView(view: View): void {
    this.show(fitted(view, this.bounds));
  }
  get shown(): View {
    return this.view;
  }
  /** Where the rows lie, for labels beside the canvas. */
  get placed(): Layout {
    return this.layout;
  }

  close(): void {
    cancelAnimationFrame(this.frame);
    this.watcher.disconnect();
    this.ended.abort();
  }

  private show(view: View): void {
    if (view.start === this.view.start && view.end === this.view.end) return;
    this.view = view;
    this.listener.view(view);
    this.ask();
  }

  private measure(): void {
    const home = this.canvas.parentElement ?? this.canvas;
    const ratio = window.devicePixelRatio || 1;
    const width = Math.max(1, home.clientWidth);
    this.layout = this.isVertical
      ? spread(this.rows.length, width, VERTICAL_AXIS)
      : stacked(Math.max(1, this.rows.length));
    const height = this.isVertical ? Math.max(1, home.clientHeight) : this.layout.size;
    this.length = this.isVertical ? height : width;
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.hatch = hatcher(this.context, ratio);
    // A resized canvas is blank until it is drawn: draw now, not at the next frame.
    this.paint();
  }

  private ask(): void {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => this.paint());
  }

  private paint(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const begun = performance.now();
    draw(this.context, this.hatch, this.scene());
    this.lastDrawMs = performance.now() - begun;
  }

  private scene(): Scene {
    const { view, length, layout, rows, isVertical, now, position, hover, mark, words } = this;
    return { view, length, layout, rows, isVertical, now, position, hover, mark, words };
  }

  private listen(): void {
    const { canvas } = this;
    const { signal } = this.ended;
    canvas.addEventListener('pointerdown', (event) => this.onPress(event), { signal });
    canvas.addEventListener('pointermove', (event) => this.act(this.gesture.move(this.touch(event)), event), {
      signal,
    });
    canvas.addEventListener('pointerup', (event) => this.act(this.gesture.release(this.touch(event)), event), {
      signal,
    });
    canvas.addEventListener('pointercancel', (event) => this.gesture.cancel(event.pointerId), { signal });
    canvas.addEventListener('pointerleave', (event) => this.onLeave(event), { signal });
    canvas.addEventListener('wheel', (event) => this.onWheel(event), { signal, passive: false });
    canvas.addEventListener('keydown', (event) => this.onKey(event), { signal });
  }

  private touch(event: PointerEvent | WheelEvent) {
    const box = this.canvas.getBoundingClientRect();
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    const id = event instanceof PointerEvent ? event.pointerId : 0;
    return this.isVertical ? { id, along: y, across: x } : { id, along: x, across: y };
  }

  private onPress(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    const touch = this.touch(event);
    const head = this.position === undefined ? undefined : pixelAt(this.view, this.length, this.position);
    const reach = event.pointerType === 'touch' ? 2 * PLAYHEAD_REACH : PLAYHEAD_REACH;
    const isOnHandle =
      head !== undefined && Math.abs(touch.along - head) < reach && touch.across < this.layout.axis.to + 4;
    this.act(this.gesture.press(touch, isOnHandle), event);
  }

  /** A finger leaves with every tap: what it pointed at stays until the next. */
  private onLeave(event: PointerEvent): void {
    if (event.pointerType !== 'touch') this.point(undefined);
  }

  private onWheel(event: WheelEvent): void {
    event.preventDefault();
    this.act([wheelIntention(event, this.touch(event).along)], event);
  }

  private onKey(event: KeyboardEvent): void {
    const command = commandOf(event);
    if (command === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.listener.command(command);
  }

  private act(intentions: readonly Intention[], event: PointerEvent | WheelEvent): void {
    for (const intention of intentions) {
      if (intention.kind === 'pan') this.show(panned(this.view, -this.msOf(intention.byPixels), this.bounds));
      else if (intention.kind === 'zoom')
        this.show(zoomed(this.view, this.timeOf(intention.about), intention.factor, this.bounds));
      else if (intention.kind === 'hover') this.point(this.pointed(this.touch(event)));
      else if (intention.kind === 'tap') {
        const pointed = this.pointed(this.touch(event));
        this.point(pointed);
        this.listener.seek(this.limited(pointed.dots[0]?.at ?? pointed.at), true, pointed);
      } else {
        this.point(intention.isLast ? undefined : this.pointed(this.touch(event)));
        this.listener.seek(this.limited(this.timeOf(intention.along)), intention.isLast, undefined);
      }
    }
  }

  private limited(t: number): number {
    return Math.min(Math.max(t, this.bounds.start), this.now);
  }
  private timeOf(pixel: number): number {
    return timeAt(this.view, this.length, pixel);
  }
  private msOf(pixels: number): number {
    return (pixels / this.length) * (this.view.end - this.view.start);
  }

  private point(pointed: Pointed | undefined): void {
    this.hover = pointed?.at;
    this.listener.hover(pointed);
    this.ask();
  }

  private pointed({ along, across }: { along: number; across: number }): Pointed {
    const at = this.timeOf(along);
    const under = hit(this.layout, across);
    const row = under === undefined ? undefined : this.rows[under.row];
    const [x, y] = this.isVertical ? [across, along] : [along, across];
    // Thin gaps are drawn two pixels wide: the pointer may miss them by as much.
    const reach = this.msOf(2);
    const gap = row && (spanAt(row.gaps, at) ?? spanAt(row.gaps, at - reach) ?? spanAt(row.gaps, at + reach));
    const near = row && under?.lane === 'violations' ? clusters(row.dots, this.view, this.length, DOT) : [];
    const dots = near.find((cluster) => Math.abs(cluster.at - along) <= DOT)?.dots ?? [];
    return { at, x, y, row: under?.row, lane: under?.lane, gap, dots };
  }
}
