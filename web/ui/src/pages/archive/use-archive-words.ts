import { useI18n } from 'vue-i18n';
import { useFormat } from '@/format/use-format';
import { clock } from '@/format/time';
import { DAY, HOUR, MINUTE, type GapSpan, type Span } from '@/timeline/model';
import type { Words } from '@/timeline/draw';

const two = (n: number) => String(n).padStart(2, '0');

/** Times, lengths and gaps in words. Times of the page are the reader's own. */
export function useArchiveWords() {
  const { t } = useI18n();
  const { cause, stretch, percent } = useFormat();
  const date = (at: number) => {
    const d = new Date(at);
    return `${two(d.getMonth() + 1)}-${two(d.getDate())}`;
  };
  const time = (at: number) => clock(new Date(at), true);
  const full = (at: number) => `${new Date(at).getFullYear()}-${date(at)} ${time(at)}`;
  const isToday = (at: number) => new Date(at).toDateString() === new Date().toDateString();
  /** The shortest that is not mistaken: today needs no date. */
  const short = (at: number) => (isToday(at) ? time(at) : `${date(at)} ${time(at)}`);
  const length = (ms: number) =>
    ms < 2 * MINUTE ? t('archive.seconds', { n: Math.max(1, Math.round(ms / 1000)) }) : stretch(ms);
  const gap = (span: GapSpan) =>
    span.cause === 'recording'
      ? t('archive.line.recording', { from: short(span.start) })
      : span.isOpen
        ? t('archive.line.gapOpen', { cause: cause(span.cause), from: short(span.start) })
        : t('archive.line.gap', {
            cause: cause(span.cause),
            from: short(span.start),
            to: span.end - span.start < DAY ? time(span.end) : short(span.end),
            length: length(span.end - span.start),
          });
  const words = (): Words => ({
    cause,
    now: t('archive.line.now'),
    tick: (at, unit, isDay) => {
      if (isDay || unit === 'day') return date(at);
      return clock(new Date(at), unit === 'second');
    },
  });
  const view = ({ start, end }: Span) =>
    t('archive.line.label', { from: full(start), to: end - start < 20 * HOUR ? time(end) : full(end) });
  return { date, time, full, short, length, gap, words, view, cause, percent };
}

/** "3.4 MB". */
export function sizeWords(bytes: number): string {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} KB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}
