import type { Judging } from '@/api/types';

/** Says in the reader's language why nothing is judged. */
export function judgingReason(judging: Judging, t: (key: string) => string, te: (key: string) => boolean): string {
  const key = `console.judging.${judging.reason ?? 'unknown'}`;
  return te(key) ? t(key) : (judging.detail ?? judging.reason ?? t('console.judging.unknown'));
}
