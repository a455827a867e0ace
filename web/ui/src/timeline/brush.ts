import { causeLook, type CauseLook } from './theme';

/** What drawing needs of a canvas; tests record the calls. */
export type Context = Pick<
  CanvasRenderingContext2D,
  | 'fillRect'
  | 'strokeRect'
  | 'beginPath'
  | 'moveTo'
  | 'lineTo'
  | 'arc'
  | 'fill'
  | 'stroke'
  | 'closePath'
  | 'fillText'
  | 'measureText'
  | 'save'
  | 'restore'
  | 'rect'
  | 'clip'
  | 'setLineDash'
> & {
  fillStyle: string | CanvasGradient | CanvasPattern;
  strokeStyle: string | CanvasGradient | CanvasPattern;
  lineWidth: number;
  font: string;
  textAlign: CanvasTextAlign;
  textBaseline: CanvasTextBaseline;
};

/** Makes the hatching of a cause; a surface without patterns fills with the colour. */
export type Hatcher = (cause: string) => string | CanvasPattern;

export const FONT = '12px -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';

/** Draws along the axis, whichever way it runs: `along` from the start of time, `across` from the labels. */
export class Brush {
  constructor(
    readonly context: Context,
    readonly isVertical: boolean,
  ) {}

  bar(from: number, to: number, across: { from: number; to: number }): void {
    const { context } = this;
    if (this.isVertical) context.fillRect(across.from, from, across.to - across.from, to - from);
    else context.fillRect(from, across.from, to - from, across.to - across.from);
  }

  frame(from: number, to: number, across: { from: number; to: number }): void {
    const { context } = this;
    if (this.isVertical) context.strokeRect(across.from, from, across.to - across.from, to - from);
    else context.strokeRect(from, across.from, to - from, across.to - across.from);
  }

  /** A line across the axis. */
  rule(at: number, across: { from: number; to: number }): void {
    const { context } = this;
    context.beginPath();
    if (this.isVertical) {
      context.moveTo(across.from, at);
      context.lineTo(across.to, at);
    } else {
      context.moveTo(at, across.from);
      context.lineTo(at, across.to);
    }
    context.stroke();
  }

  /** Places a point: x, y of the canvas. */
  point(along: number, across: number): [number, number] {
    return this.isVertical ? [across, along] : [along, across];
  }

  text(words: string, along: number, across: number): void {
    const [x, y] = this.point(along, across);
    this.context.fillText(words, x, y);
  }
}

const TILE = 8;

function paintTile(paint: CanvasRenderingContext2D, { colour, hatch }: CauseLook, scale: number): void {
  paint.scale(scale, scale);
  paint.fillStyle = '#ffffff';
  paint.fillRect(0, 0, TILE, TILE);
  paint.globalAlpha = 0.16;
  paint.fillStyle = colour;
  paint.fillRect(0, 0, TILE, TILE);
  paint.globalAlpha = 1;
  paint.strokeStyle = colour;
  paint.lineWidth = 1.6;
  const line = (x0: number, y0: number, x1: number, y1: number) => {
    paint.beginPath();
    paint.moveTo(x0, y0);
    paint.lineTo(x1, y1);
    paint.stroke();
  };
  // Lines run past the corners so that tiles meet without a notch.
  if (hatch === 'rising' || hatch === 'cross')
    for (const by of [-TILE, 0, TILE]) line(by - 2, TILE + 2, by + TILE + 2, -2);
  if (hatch === 'falling' || hatch === 'cross')
    for (const by of [-TILE, 0, TILE]) line(by - 2, -2, by + TILE + 2, TILE + 2);
  if (hatch === 'dots') {
    paint.beginPath();
    paint.arc(TILE / 4, TILE / 4, 1.1, 0, 7);
    paint.arc((TILE * 3) / 4, (TILE * 3) / 4, 1.1, 0, 7);
    paint.fill();
  }
}

/** Patterns of a real canvas, one a cause, sharp at the screen's own resolution. */
export function hatcher(target: CanvasRenderingContext2D, ratio: number): Hatcher {
  const made = new Map<string, string | CanvasPattern>();
  return (cause) => {
    const known = made.get(cause);
    if (known !== undefined) return known;
    const tile = document.createElement('canvas');
    const side = Math.max(TILE, Math.round(TILE * ratio));
    tile.width = side;
    tile.height = side;
    const paint = tile.getContext('2d');
    const look = causeLook(cause);
    if (paint) paintTile(paint, look, side / TILE);
    const pattern = paint ? target.createPattern(tile, 'repeat') : null;
    pattern?.setTransform(new DOMMatrix().scale(TILE / side));
    const style = pattern ?? look.colour;
    made.set(cause, style);
    return style;
  };
}
