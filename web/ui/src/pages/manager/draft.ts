/** An answer that is not sent yet, kept on the phone: text and photo as data URL. */
export interface Draft {
  text: string;
  photo: string | null;
}
const key = (noticeId: string) => `mingchu.draft.${noticeId}`;

export function loadDraft(noticeId: string): Draft {
  try {
    const stored = JSON.parse(localStorage.getItem(key(noticeId)) ?? 'null') as Partial<Draft> | null;
    return { text: stored?.text ?? '', photo: stored?.photo ?? null };
  } catch {
    return { text: '', photo: null };
  }
}

/** Keeps the draft; a photo that does not fit is left out, the text stays. Returns whether anything was kept. */
export function keepDraft(noticeId: string, draft: Draft): boolean {
  for (const attempt of [draft, { ...draft, photo: null }]) {
    try {
      localStorage.setItem(key(noticeId), JSON.stringify(attempt));
      return true;
    } catch {
      // Storage full or forbidden: try with less.
    }
  }
  return false;
}

export function dropDraft(noticeId: string): void {
  try {
    localStorage.removeItem(key(noticeId));
  } catch {
    // Nothing was kept either.
  }
}

export function toDataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error('unreadable'));
    reader.readAsDataURL(blob);
  });
}

/** The bytes behind a data URL, without a request. */
export function fromDataUrl(url: string): Blob {
  const [head = '', body = ''] = url.split(',');
  const bytes = Uint8Array.from(atob(body), (char) => char.charCodeAt(0));
  return new Blob([bytes], { type: /:(.*?);/.exec(head)?.[1] ?? 'image/jpeg' });
}
