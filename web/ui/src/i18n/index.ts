import { createI18n } from 'vue-i18n';

export type Locale = 'zh-CN' | 'en';
const KEY = 'mingchu.locale';

/** Returns the language chosen before, else Chinese. */
export function storedLocale(): Locale {
  try {
    return localStorage.getItem(KEY) === 'en' ? 'en' : 'zh-CN';
  } catch {
    return 'zh-CN';
  }
}

/** Builds the translator of one entry from the messages it ships. */
export function translator<M extends object>(messages: Record<Locale, M>) {
  const locale = storedLocale();
  document.documentElement.lang = locale;
  return createI18n({ legacy: false, locale, fallbackLocale: 'zh-CN', messages: messages as Record<Locale, never> });
}

/** Remembers the language and says it to screen readers. */
export function remember(locale: Locale): void {
  document.documentElement.lang = locale;
  try {
    localStorage.setItem(KEY, locale);
  } catch {
    // A browser without storage simply asks again.
  }
}
