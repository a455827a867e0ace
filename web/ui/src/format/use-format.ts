import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import type { ApiProblem } from '@/api/http';
import type { Named } from '@/api/types';
import type { Locale } from '@/i18n';
import { useNow } from '@/use-now';
import { exactTime, formalTime, nearTime, span } from './time';

/** Names, times and problems in the language of the page. */
export function useFormat() {
  const { t, te, locale } = useI18n();
  const now = useNow();
  const here = computed(() => locale.value as Locale);
  const spanWord = (ms: number) => {
    const { unit, n } = span(ms);
    return t(`time.${unit}`, { n });
  };
  return {
    locale: here,
    now,
    named: (thing: Named | null | undefined) =>
      here.value === 'en' && thing?.name_en ? thing.name_en : (thing?.name ?? ''),
    near: (iso: string) => nearTime(iso, now.value, t('time.yesterday')),
    exact: (iso: string) => exactTime(iso, here.value),
    /** The day alone, as a forecast names it. */
    day: (iso: string) => new Date(iso).toLocaleDateString(here.value, { dateStyle: 'long' }),
    formal: (iso: string) => formalTime(iso, here.value),
    /** A length of time in its largest unit that says enough. */
    stretch: spanWord,
    countdown: (iso: string) => {
      const leftMs = new Date(iso).getTime() - now.value.getTime();
      return t(leftMs >= 0 ? 'time.left' : 'time.over', { span: spanWord(leftMs) });
    },
    percent: (share: number) => `${Math.round(share * 100)} %`,
    cause: (code: string | null) => (code !== null && te(`cause.${code}`) ? t(`cause.${code}`) : (code ?? '')),
    problem: ({ status, code, message }: ApiProblem) => {
      if (code === 'unreachable') return t('error.unreachable');
      if (te(`code.${code}`)) return t(`code.${code}`);
      if (message !== '' && status < 500 && here.value === 'en') return message;
      if (status >= 500) return t('error.http_5xx');
      return te(`error.http_${status}`) ? t(`error.http_${status}`) : t('error.other', { code });
    },
  };
}
