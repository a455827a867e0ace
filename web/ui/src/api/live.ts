/** Asks for a live address, playlist or picture, never from a cache; undefined when the server cannot be reached. */
export async function fetchLive(url: string, signal: AbortSignal): Promise<Response | undefined> {
  try {
    return await fetch(url, { signal, cache: 'no-store', credentials: 'same-origin' });
  } catch {
    return undefined;
  }
}
