import { Brush, FONT, type Context, type Hatcher } from './brush';
import type { Layout, RowBands } from './layout';
import type { JudgedSpan, Row, Span } from './model';
import { clusters, columns, gapRuns, runs, type Cluster, type GapRun } from './runs';
import { pixelAt, type View } from './scale';
import { causeLook, COLOUR, DOT_COLOUR } from './theme';
import { ticks, type TickUnit } from './ticks';

/** Words that the drawing needs; it knows no language. */
export interface Words {
  cause: (code: string) => string;
  tick: (at: number, unit: TickUnit, isDay: boolean) => string;
  now: string;
}

/** Everything that is on screen at one moment. */
export interface Scene {
  view: View;
  /** Pixels along the axis. */
  length: number;
  layout: Layout;
  rows: readonly Row[];
  isVertical: boolean;
  now: number;
  position: number | undefined;
  hover: number | undefined;
  mark: Partial<Span>;
  words: Words;
}

export const DOT = 9;
const LEAST_GAP = 2;

/** Draws the scene. The work grows with the pixels on screen, not with the archive. */
export function draw(context: Context, hatch: Hatcher, scene: Scene): void {
  const brush = new Brush(context, scene.isVertical);
  const { length, layout } = scene;
  context.save();
  context.font = FONT;
  context.fillStyle = COLOUR.ground;
  brush.bar(0, length, { from: 0, to: layout.size });
  drawAxis(brush, scene);
  scene.rows.forEach((row, index) => {
    const bands = layout.rows[index];
    if (bands !== undefined) drawRow(brush, hatch, scene, row, bands);
  });
  drawMark(brush, scene);
  drawLines(brush, scene);
  context.restore();
}

function drawAxis(brush: Brush, { view, length, layout, words }: Scene): void {
  const { context } = brush;
  const { list, unit } = ticks(view, length, brush.isVertical ? 44 : unitWidth(view, length));
  context.lineWidth = 1;
  for (const tick of list) {
    const at = Math.round(pixelAt(view, length, tick.at)) + 0.5;
    context.strokeStyle = tick.isDay ? '#c3cdcb' : COLOUR.grid;
    brush.rule(at, { from: layout.axis.to - 6, to: layout.size });
    context.fillStyle = tick.isDay ? COLOUR.ink : COLOUR.faint;
    if (brush.isVertical) {
      context.textAlign = 'right';
      context.textBaseline = at < 10 ? 'top' : 'middle';
      brush.text(words.tick(tick.at, unit, tick.isDay), at, layout.axis.to - 8);
    } else {
      context.textAlign = at < 24 ? 'left' : 'center';
      context.textBaseline = 'middle';
      brush.text(words.tick(tick.at, unit, tick.isDay), Math.max(2, at), layout.axis.to / 2 - 2);
    }
  }
}

/** Labels with seconds need more room than dates. */
function unitWidth(view: View, length: number): number {
  return (view.end - view.start) / length < 400 ? 88 : 72;
}

function drawRow(brush: Brush, hatch: Hatcher, scene: Scene, row: Row, bands: RowBands): void {
  const { view, length, now } = scene;
  const { context } = brush;
  const beyond = Math.min(length, Math.max(0, pixelAt(view, length, now)));
  for (const band of [bands.footage, bands.gaps, bands.violations]) {
    context.fillStyle = COLOUR.lane;
    brush.bar(0, beyond, band);
  }
  drawJudged(brush, scene, row.judged, bands);
  context.fillStyle = COLOUR.footage;
  for (const run of runs(row.footage, view, length)) brush.bar(run.from, Math.max(run.from + 1, run.to), bands.footage);
  context.fillStyle = COLOUR.held;
  const lid = {
    from: bands.footage.from,
    to: bands.footage.from + Math.max(2, (bands.footage.to - bands.footage.from) / 5),
  };
  for (const run of runs(row.held, view, length)) brush.bar(run.from, Math.max(run.from + 2, run.to), lid);
  drawGaps(brush, hatch, scene, row, bands);
  drawDots(brush, scene, row, bands);
}

/** The judged share: the ribbon is as thick as the share, on a ground where anything was observed at all. */
function drawJudged(brush: Brush, { view, length }: Scene, judged: readonly JudgedSpan[], bands: RowBands): void {
  const { context } = brush;
  const { from, to } = bands.judged;
  context.fillStyle = COLOUR.judgedGround;
  for (const run of runs(judged, view, length)) brush.bar(run.from, run.to, bands.judged);
  context.fillStyle = COLOUR.judged;
  for (const column of columns(judged, view, length, isTight(bands) ? 8 : 3))
    brush.bar(column.from, column.to, { from: to - (to - from) * column.share, to });
}

/** Many rows share the screen: nothing is drawn that nobody could tell apart. */
const isTight = (bands: RowBands): boolean => bands.violations.to - bands.violations.from < 12;

function drawGaps(brush: Brush, hatch: Hatcher, { view, length, words }: Scene, row: Row, bands: RowBands): void {
  const { context } = brush;
  const drawn = gapRuns(row.gaps, view, length, isTight(bands) ? LEAST_GAP + 1 : LEAST_GAP);
  const narrow = new Map<string, GapRun[]>();
  for (const run of drawn) {
    if (run.to - run.from >= 6) continue;
    const { colour } = causeLook(run.gap.cause);
    const same = narrow.get(colour);
    if (same) same.push(run);
    else narrow.set(colour, [run]);
  }
  // Colour by colour: a canvas changes its colour slower than it fills.
  for (const [colour, list] of narrow) {
    context.fillStyle = colour;
    for (const { from, to } of list) brush.bar(from, to, bands.gaps);
  }
  for (const { from, to, gap } of drawn) {
    if (to - from < 6) continue;
    const { colour } = causeLook(gap.cause);
    context.fillStyle = hatch(gap.cause);
    brush.bar(from, to, bands.gaps);
    context.strokeStyle = colour;
    context.lineWidth = 1;
    brush.frame(from + 0.5, to - 0.5, { from: bands.gaps.from + 0.5, to: bands.gaps.to - 0.5 });
    drawCause(brush, words.cause(gap.cause), colour, from, to, bands);
  }
}

/** The cause as a word on a white label, where it fits. */
function drawCause(brush: Brush, word: string, colour: string, from: number, to: number, bands: RowBands): void {
  const { context } = brush;
  const { from: near, to: far } = bands.gaps;
  const width = context.measureText(word).width + 10;
  const [along, across] = brush.isVertical ? [18, width] : [width, 16];
  if (to - from < along + 8 || far - near < across) return;
  const middle = (from + to) / 2;
  const centre = (near + far) / 2;
  context.fillStyle = COLOUR.ground;
  brush.bar(middle - along / 2, middle + along / 2, { from: centre - across / 2, to: centre + across / 2 });
  context.fillStyle = colour;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  brush.text(word, middle, centre + (brush.isVertical ? 0 : 0.5));
}

function drawDots(brush: Brush, { view, length }: Scene, row: Row, bands: RowBands): void {
  const { context } = brush;
  const middle = (bands.violations.from + bands.violations.to) / 2;
  const size = Math.min(DOT, bands.violations.to - bands.violations.from);
  const drawn = clusters(row.dots, view, length, size);
  if (isTight(bands)) return drawSquares(brush, drawn, middle, length);
  for (const cluster of drawn) {
    const [x, y] = brush.point(Math.min(length - size / 2, Math.max(size / 2, cluster.at)), middle);
    context.beginPath();
    context.arc(x, y, size / 2, 0, 2 * Math.PI);
    context.lineWidth = 2;
    if (cluster.state === 'dismissed') {
      context.strokeStyle = DOT_COLOUR.dismissed;
      context.stroke();
    } else {
      context.fillStyle = DOT_COLOUR[cluster.state];
      context.fill();
      if (cluster.state === 'to_review') drawPupil(context, x, y, size / 6);
    }
    if (cluster.dots.length < 2 || bands.violations.to - bands.violations.from < 20) continue;
    context.fillStyle = COLOUR.ink;
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    context.fillText(`×${cluster.dots.length}`, x + size / 2 + 2, y + 0.5);
  }
}

/** The dots of tight rows: squares, a hole in what is to review, a line for what was dismissed. */
function drawSquares(brush: Brush, drawn: readonly Cluster[], middle: number, length: number): void {
  const HALF = 3;
  const square = ({ at }: Cluster, half: number, thick = half) => {
    const along = Math.min(length - HALF, Math.max(HALF, at));
    brush.bar(along - half, along + half, { from: middle - thick, to: middle + thick });
  };
  for (const state of ['to_review', 'confirmed', 'dismissed'] as const) {
    const same = drawn.filter((cluster) => cluster.state === state);
    brush.context.fillStyle = DOT_COLOUR[state];
    for (const cluster of same) square(cluster, HALF, state === 'dismissed' ? 1 : HALF);
    if (state !== 'to_review') continue;
    brush.context.fillStyle = COLOUR.ground;
    for (const cluster of same) square(cluster, 1);
  }
}

/** What no person has looked at has an eye: state is told by shape as well. */
function drawPupil(context: Context, x: number, y: number, radius: number): void {
  context.fillStyle = COLOUR.ground;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

function drawMark(brush: Brush, { view, length, layout, mark }: Scene): void {
  const { context } = brush;
  const across = { from: layout.axis.to, to: layout.size };
  const { start, end } = mark;
  if (start !== undefined && end !== undefined) {
    const from = Math.max(0, pixelAt(view, length, start));
    const to = Math.min(length, pixelAt(view, length, end));
    context.fillStyle = COLOUR.markSoft;
    if (to > from) brush.bar(from, to, across);
  }
  context.fillStyle = COLOUR.mark;
  for (const [edge, foot] of [
    [start, 6],
    [end, -6],
  ] as const) {
    if (edge === undefined || edge < view.start || edge > view.end) continue;
    const at = pixelAt(view, length, edge);
    brush.bar(at - 1, at + 1, across);
    // The brackets point inwards, as the keys [ and ] do.
    for (const end of [across.from, across.to - 2])
      brush.bar(Math.min(at, at + foot), Math.max(at, at + foot), { from: end, to: end + 2 });
  }
}

function drawLines(brush: Brush, { view, length, layout, now, position, hover, words }: Scene): void {
  const { context } = brush;
  const across = { from: layout.axis.to - 6, to: layout.size };
  const inView = (t: number | undefined): t is number => t !== undefined && t >= view.start && t <= view.end;
  if (inView(now)) {
    const at = pixelAt(view, length, now);
    context.strokeStyle = COLOUR.now;
    context.lineWidth = 1.5;
    context.setLineDash([4, 3]);
    brush.rule(at, across);
    context.setLineDash([]);
    context.fillStyle = COLOUR.now;
    context.textAlign = brush.isVertical ? 'left' : 'right';
    context.textBaseline = brush.isVertical ? 'bottom' : 'alphabetic';
    const [along, side] = brush.isVertical ? [at - 2, across.to - 40] : [at - 4, layout.size - 3];
    brush.text(words.now, along, side);
  }
  if (inView(hover)) {
    context.strokeStyle = COLOUR.hover;
    context.lineWidth = 1;
    brush.rule(Math.round(pixelAt(view, length, hover)) + 0.5, across);
  }
  if (!inView(position)) return;
  const at = pixelAt(view, length, position);
  context.strokeStyle = COLOUR.head;
  context.fillStyle = COLOUR.head;
  context.lineWidth = 2;
  brush.rule(at, across);
  const tip = [
    brush.point(at - 6, across.from - 8),
    brush.point(at + 6, across.from - 8),
    brush.point(at, across.from + 2),
  ];
  context.beginPath();
  tip.forEach(([x, y], index) => (index === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
  context.closePath();
  context.fill();
}
