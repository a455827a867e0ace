import type { Notice } from '@/api/types';

export const COLUMNS = ['overdue', 'open', 'recheck', 'appealed', 'done'] as const;
export type Column = (typeof COLUMNS)[number];

/** Which column of the board a notice stands in; overdue is no state, but it has a column. Pure. */
export function columnOf(notice: Pick<Notice, 'state' | 'is_overdue'>): Column {
  switch (notice.state) {
    case 'rectified':
      return 'recheck';
    case 'appealed':
      return 'appealed';
    case 'closed':
    case 'withdrawn':
      return 'done';
    default:
      return notice.is_overdue ? 'overdue' : 'open';
  }
}
