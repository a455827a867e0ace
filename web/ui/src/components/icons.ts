import type { Status } from '@/status';

/** Icon paths on a 16x16 grid, stroked. */
export const STATUS_ICON: Record<Status, string> = {
  normal: 'M3 8.5 6.5 12 13 4.5',
  to_review:
    'M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8ZM8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6Z',
  to_rectify: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM8 4.8V8l2.4 1.6',
  overdue: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM8 4.8V8l2.4 1.6M2 2l12 12',
  to_recheck: 'M13.5 6A5.8 5.8 0 0 0 3 5M3 2v3h3M2.5 10A5.8 5.8 0 0 0 13 11M13 14v-3h-3',
  closed: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM5 8.2 7.2 10.4 11 6',
  dismissed: 'M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8ZM2.5 2.5l11 11',
  offline: 'M6 2v3M10 2v3M4.5 5h7v2.5a3.5 3.5 0 0 1-7 0ZM8 11v3M2 14 14 2',
  cannot_judge: 'M5.5 6a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.5M8 12.3v.2',
  connecting: 'M3 8h.1M8 8h.1M13 8h.1',
  disabled: 'M8 2v5M4.5 4.2a5 5 0 1 0 7 0',
  acknowledged: 'M2.5 4h11v8.5h-11ZM2.5 4.5 8 9l5.5-4.5',
  appealed: 'M2.5 3h11v7.5H8L5 13.5v-3H2.5Z',
  withdrawn: 'M6 4 2.5 7.5 6 11M2.5 7.5H10a3.5 3.5 0 0 1 0 6H8',
  confirmed: 'M8 2 3 4v4c0 3 2 5 5 6 3-1 5-3 5-6V4ZM5.8 8l1.7 1.7L10.5 6.5',
  not_judged: 'M3 8h10',
};

export const ICON = {
  fast: 'M9 1.5 3.5 9H8l-1 5.5L12.5 7H8Z',
  today: 'M2.5 7.5 8 2.5l5.5 5V13.5h-3.5V9.5H6v4H2.5Z',
  review: 'M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8ZM8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6Z',
  video: 'M2 4.5h8.5v7H2ZM10.5 7l3.5-2v6l-3.5-2',
  canteen: 'M2.5 14V6L8 2.5 13.5 6v8M2 14h12M6.5 14v-4h3v4',
  board: 'M2.5 3h11v10.5h-11ZM6 3v10.5M10 3v10.5',
  audit: 'M4 2h6l2.5 2.5V14H4ZM6 7h4.5M6 9.5h4.5M6 12h3',
  rules: 'M3 3.5h10M3 8h10M3 12.5h6M12 11v3M10.5 12.5h3',
  people:
    'M6 8.5A2.5 2.5 0 1 0 6 3.5a2.5 2.5 0 0 0 0 5ZM1.5 13.5c.3-2.5 2-4 4.5-4s4.2 1.5 4.5 4M11 4a2.2 2.2 0 0 1 0 4.3M12 9.8c1.5.5 2.3 1.8 2.5 3.7',
  system: 'M2 3h12v8H2ZM6 14h4M8 11v3',
  storage:
    'M2.5 4c0-1.1 2.5-2 5.5-2s5.5.9 5.5 2v8c0 1.1-2.5 2-5.5 2s-5.5-.9-5.5-2ZM2.5 4c0 1.1 2.5 2 5.5 2s5.5-.9 5.5-2M2.5 8c0 1.1 2.5 2 5.5 2s5.5-.9 5.5-2',
  inbox: 'M2.5 9 4.5 3h7l2 6v4.5h-11ZM2.5 9H6l.8 1.8h2.4L10 9h3.5',
  play: 'M5 3.2v9.6L12.5 8Z',
  pause: 'M5 3v10M11 3v10',
  back: 'M10.5 3.5 6 8l4.5 4.5M4 3.5v9',
  forward: 'M5.5 3.5 10 8l-4.5 4.5M12 3.5v9',
  minus: 'M3 8h10',
  calendar: 'M2.5 4h11v9.5h-11ZM2.5 7h11M5.5 2.5v3M10.5 2.5v3',
  download: 'M8 2.5v7.5M5 7.5 8 10.5l3-3M2.5 13.5h11',
  archive: 'M8 2.5a5.5 5.5 0 1 0 5.5 5.5M8 5v3l2 1.5M13.5 3v3h-3',
  keys: 'M1.5 4.5h13v7.5h-13ZM4 7h.1M6.7 7h.1M9.4 7h.1M12 7h.1M5 9.6h6',
  full: 'M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10',
  zoom: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9ZM10.3 10.3l3.7 3.7M7 5v4M5 7h4',
  camera: 'M2 5h3l1-1.8h4L11 5h3v8H2ZM8 6.8a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4Z',
  plus: 'M8 3v10M3 8h10',
  info: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM8 7.3V11M8 5v.2',
  print: 'M4.5 6V2.5h7V6M4.5 11h-2V6h11v5h-2M4.5 9.5h7v4h-7Z',
} as const;
export type IconName = keyof typeof ICON;
