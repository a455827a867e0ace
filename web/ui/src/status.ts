import type { Camera, Notice, NoticeState, PublicCamera, Stream, ViolationState } from '@/api/types';

/** The status words, the same everywhere: word, icon and colour go together. */
export type Status =
  | 'normal'
  | 'to_review'
  | 'to_rectify'
  | 'overdue'
  | 'to_recheck'
  | 'closed'
  | 'dismissed'
  | 'offline'
  | 'cannot_judge'
  | 'connecting'
  | 'disabled'
  | 'acknowledged'
  | 'appealed'
  | 'withdrawn'
  | 'confirmed'
  | 'not_judged';

export function violationStatus(state: ViolationState): Status {
  return state;
}

const NOTICE: Record<NoticeState, Status> = {
  sent: 'to_rectify',
  acknowledged: 'acknowledged',
  rectified: 'to_recheck',
  appealed: 'appealed',
  closed: 'closed',
  withdrawn: 'withdrawn',
};
/** Overdue wins over the open states: it is what somebody must act on. */
export function noticeStatus(notice: Pick<Notice, 'state' | 'is_overdue'>): Status {
  return notice.is_overdue ? 'overdue' : NOTICE[notice.state];
}

export function streamStatus(stream: Pick<Stream | PublicCamera, 'state'> | null): Status {
  if (stream === null) return 'disabled';
  return ({ live: 'normal', connecting: 'connecting', failing: 'offline', disabled: 'disabled' } as const)[
    stream.state
  ];
}

/** A camera is as well as its main stream, or its only one. */
export function cameraStream(camera: Pick<Camera, 'main' | 'sub'>): Stream | null {
  return camera.main ?? camera.sub;
}
export function cameraStatus(camera: Camera): Status {
  return camera.is_enabled ? streamStatus(cameraStream(camera)) : 'disabled';
}

/** "H.264 1920×1080", or a dash before the first picture. */
export function streamWords(stream: Stream | null): string {
  if (!stream?.codec) return '—';
  const codec = stream.codec.toUpperCase().replace(/^H(\d)/, 'H.$1');
  return stream.width && stream.height ? `${codec} ${stream.width}×${stream.height}` : codec;
}
