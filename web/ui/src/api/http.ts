/** The only place that talks to the server; results are values, never exceptions. */
export interface ApiProblem {
  /** HTTP status; 0 when the server could not be reached. */
  status: number;
  code: string;
  message: string;
  field?: string;
}
export type Result<T> = { kind: 'success'; value: T } | { kind: 'aborted' } | { kind: 'error'; problem: ApiProblem };

export interface Asked {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  body?: unknown;
  signal?: AbortSignal;
}

let onSignedOut: () => void = () => undefined;
/** Sets what happens when the server no longer knows the session. */
export function whenSignedOut(act: () => void): void {
  onSignedOut = act;
}

export function failed(problem: ApiProblem): Result<never> {
  return { kind: 'error', problem };
}

/** Reads the server's error body; a proxy's HTML page becomes a plain problem. */
export function problemOf(status: number, text: string): ApiProblem {
  try {
    const body = JSON.parse(text) as { error?: { code?: string; message?: string; field?: string } };
    if (body.error?.code !== undefined) {
      const { code, message = '', field } = body.error;
      return field === undefined ? { status, code, message } : { status, code, message, field };
    }
  } catch {
    // Not ours: fall through to the plain problem.
  }
  return { status, code: `http_${status}`, message: '' };
}

export async function request<T>(path: string, asked: Asked = {}): Promise<Result<T>> {
  const init: RequestInit = {
    method: asked.method ?? 'GET',
    credentials: 'same-origin',
    headers: { accept: 'application/json' },
  };
  if (asked.signal) init.signal = asked.signal;
  if (asked.body !== undefined) {
    init.body = JSON.stringify(asked.body);
    init.headers = { ...init.headers, 'content-type': 'application/json' };
  }
  try {
    const response = await fetch(path, init);
    const text = await response.text();
    if (response.status === 401 && path !== '/api/v1/session') onSignedOut();
    if (!response.ok) return failed(problemOf(response.status, text));
    return { kind: 'success', value: (text === '' ? undefined : JSON.parse(text)) as T };
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') return { kind: 'aborted' };
    return failed({ status: 0, code: 'unreachable', message: '' });
  }
}

/** Gets a picture that people are on: it needs the session, and what the server says of it is in the headers. */
export async function picture(path: string, signal?: AbortSignal): Promise<Result<{ blob: Blob; headers: Headers }>> {
  try {
    const response = await fetch(
      path,
      signal ? { credentials: 'same-origin', signal } : { credentials: 'same-origin' },
    );
    if (response.status === 401) onSignedOut();
    if (!response.ok) return failed(problemOf(response.status, await response.text()));
    return { kind: 'success', value: { blob: await response.blob(), headers: response.headers } };
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') return { kind: 'aborted' };
    return failed({ status: 0, code: 'unreachable', message: '' });
  }
}

/** Posts a JPEG. */
export async function sendPicture<T>(path: string, picture: Blob): Promise<Result<T>> {
  const headers = { accept: 'application/json', 'content-type': 'image/jpeg' };
  try {
    const response = await fetch(path, { method: 'POST', credentials: 'same-origin', headers, body: picture });
    const text = await response.text();
    if (response.status === 401) onSignedOut();
    return response.ok ? { kind: 'success', value: JSON.parse(text) as T } : failed(problemOf(response.status, text));
  } catch {
    return failed({ status: 0, code: 'unreachable', message: '' });
  }
}

/** Posts a form with progress, which `fetch` cannot report. */
export function upload<T>(
  path: string,
  form: FormData,
  onProgress: (share: number) => void,
  signal?: AbortSignal,
): Promise<Result<T>> {
  return new Promise((resolve) => {
    const call = new XMLHttpRequest();
    call.open('POST', path);
    call.setRequestHeader('accept', 'application/json');
    call.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) onProgress(event.loaded / event.total);
    };
    call.onload = () => {
      if (call.status === 401) onSignedOut();
      const isGood = call.status >= 200 && call.status < 300;
      if (!isGood) resolve(failed(problemOf(call.status, call.responseText)));
      else
        resolve({
          kind: 'success',
          value: (call.responseText === '' ? undefined : JSON.parse(call.responseText)) as T,
        });
    };
    call.onerror = () => resolve(failed({ status: 0, code: 'unreachable', message: '' }));
    call.onabort = () => resolve({ kind: 'aborted' });
    signal?.addEventListener('abort', () => call.abort());
    call.send(form);
  });
}

/** Builds a query string from what is set. */
export function query(fields: Record<string, string | number | boolean | null | undefined>): string {
  const set = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return set.length === 0 ? '' : `?${new URLSearchParams(set.map(([key, value]) => [key, String(value)])).toString()}`;
}
