/** Where the lanes lie across the axis, in CSS pixels. */
export type LaneName = 'judged' | 'footage' | 'gaps' | 'violations';
export const LANES: readonly LaneName[] = ['judged', 'footage', 'gaps', 'violations'];

export interface Band {
  from: number;
  to: number;
}
export type RowBands = Band & Record<LaneName, Band>;
export interface Layout {
  /** Labels of the axis. */
  axis: Band;
  rows: RowBands[];
  /** Size across the axis. */
  size: number;
}

interface Sizes {
  judged: number;
  lane: number;
  between: number;
  after: number;
}
const AXIS = 28;
const ROOMY: Sizes = { judged: 8, lane: 26, between: 6, after: 8 };
const DENSE: Sizes = { judged: 4, lane: 13, between: 2, after: 9 };
const TIGHT: Sizes = { judged: 3, lane: 9, between: 1, after: 5 };

function sizesFor(rows: number): Sizes {
  if (rows <= 1) return ROOMY;
  return rows <= 6 ? DENSE : TIGHT;
}

/** Lays the rows out under an axis of 28 px; few rows get more room each. */
export function stacked(rows: number): Layout {
  return place(rows, AXIS, sizesFor(rows));
}

/** Lays the rows out side by side in a given width, as phones show them; the axis is `axis` wide. */
export function spread(rows: number, width: number, axis: number): Layout {
  const count = Math.max(1, rows);
  const each = Math.max(24, (width - axis) / count);
  const judged = Math.min(10, each * 0.1);
  const between = count === 1 ? 6 : 2;
  const after = count === 1 ? 0 : 6;
  const lane = Math.max(4, (each - judged - 3 * between - after) / 3);
  return place(rows, axis, { judged, lane, between, after });
}

function place(count: number, axis: number, { judged, lane, between, after }: Sizes): Layout {
  const rows: RowBands[] = [];
  let at = axis;
  for (let index = 0; index < count; index += 1) {
    const from = at;
    const next = (size: number): Band => {
      const band = { from: at, to: at + size };
      at += size + between;
      return band;
    };
    const bands = { judged: next(judged), footage: next(lane), gaps: next(lane), violations: next(lane) };
    at += after - between;
    rows.push({ from, to: at, ...bands });
  }
  return { axis: { from: 0, to: axis }, rows, size: at };
}

export interface Hit {
  row: number;
  lane: LaneName | undefined;
}

/** Which row, and which of its lanes, lies under a pixel across the axis. */
export function hit(layout: Layout, across: number): Hit | undefined {
  const row = layout.rows.findIndex((band) => across >= band.from && across < band.to);
  const bands = layout.rows[row];
  if (bands === undefined) return undefined;
  return { row, lane: LANES.find((name) => across >= bands[name].from - 1 && across < bands[name].to + 1) };
}
