import type { DotState } from './model';

/** Colours of the drawing; the words beside them say the same, colour is never alone. */
export const COLOUR = {
  ground: '#ffffff',
  lane: '#f1f4f4',
  line: '#dfe5e4',
  grid: '#e9eeed',
  ink: '#17211f',
  faint: '#5f6d6a',
  footage: '#0f766e',
  footageBeyond: '#e3e8e7',
  held: '#1d5fbf',
  head: '#b91c1c',
  now: '#146c36',
  mark: '#1d5fbf',
  markSoft: 'rgba(29, 95, 191, 0.14)',
  hover: 'rgba(23, 33, 31, 0.45)',
  judged: '#6d28a8',
  judgedGround: '#efe7f7',
} as const;

export const DOT_COLOUR: Record<DotState, string> = {
  to_review: '#b26b0a',
  confirmed: '#b4430c',
  dismissed: '#7b8582',
};

export type Hatch = 'rising' | 'falling' | 'cross' | 'dots';
export interface CauseLook {
  colour: string;
  hatch: Hatch;
}

const UNKNOWN: CauseLook = { colour: '#5b6461', hatch: 'dots' };
const CAUSE: Record<string, CauseLook> = {
  network_lost: { colour: '#475569', hatch: 'rising' },
  camera_offline: { colour: '#1d5fbf', hatch: 'falling' },
  wrong_password: { colour: '#b4430c', hatch: 'cross' },
  no_video: { colour: '#92580a', hatch: 'rising' },
  bad_stream: { colour: '#6d28a8', hatch: 'falling' },
  gateway_down: { colour: '#b91c1c', hatch: 'rising' },
  disk_full: { colour: '#9f1239', hatch: 'cross' },
  overload: { colour: '#a16207', hatch: 'cross' },
  clock_jump: { colour: '#0e7490', hatch: 'falling' },
  deleted_by_retention: { colour: '#7b8582', hatch: 'rising' },
  deleted_by_order: { colour: '#5b6461', hatch: 'falling' },
  recording: { colour: '#0f766e', hatch: 'dots' },
  switched_off: { colour: '#7b8582', hatch: 'dots' },
  not_recorded: { colour: '#5b6461', hatch: 'dots' },
  file_damaged: { colour: '#9d174d', hatch: 'cross' },
  file_missing: { colour: '#9d174d', hatch: 'falling' },
};

/** How a gap of this cause looks: causes of one colour family differ by their hatching. */
export function causeLook(cause: string): CauseLook {
  return CAUSE[cause] ?? UNKNOWN;
}
