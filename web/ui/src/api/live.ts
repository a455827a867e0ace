/** Sends a WebRTC offer; undefined when the server cannot be reached. */
export async function postOffer(url: string, sdp: string, signal: AbortSignal): Promise<Response | undefined> {
  try {
    const headers = { 'content-type': 'application/sdp' };
    return await fetch(url, { method: 'POST', body: sdp, headers, signal, credentials: 'same-origin' });
  } catch {
    return undefined;
  }
}

/** Ends a WebRTC session; also while the page goes away. */
export function endSession(url: string): void {
  void fetch(url, { method: 'DELETE', keepalive: true, credentials: 'same-origin' }).catch(() => undefined);
}

/** Asks for a live address, playlist or picture, never from a cache; undefined when the server cannot be reached. */
export async function fetchLive(url: string, signal: AbortSignal): Promise<Response | undefined> {
  try {
    return await fetch(url, { signal, cache: 'no-store', credentials: 'same-origin' });
  } catch {
    return undefined;
  }
}
