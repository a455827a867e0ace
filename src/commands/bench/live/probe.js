// Runs in the page before its scripts: notes when it began to ask for a live picture, and which picture was on screen when.
(() => {
  const probe = { begunAt: undefined, firstAt: undefined, shown: [] };
  globalThis.mingchuProbe = probe;
  const now = () => performance.timeOrigin + performance.now();
  const asks = (url) => /\/(live(-address)?|whep)(\?|$)/.test(String(url));
  const note = (url) => {
    if (asks(url)) probe.begunAt ??= now();
  };
  const { fetch, WebSocket } = globalThis;
  globalThis.fetch = (url, ...more) => {
    note(url);
    return fetch(url, ...more);
  };
  globalThis.WebSocket = class extends WebSocket {
    constructor(url, ...more) {
      note(url);
      super(url, ...more);
    }
  };

  const BITS = 8;
  const canvas = document.createElement('canvas');
  canvas.width = 2 * BITS;
  canvas.height = 1;
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  /** The number in the squares; undefined where one of them is not clear. */
  const numberIn = (video) => {
    const side = video.videoWidth / canvas.width;
    for (let i = 0; i < canvas.width; i += 1)
      pen.drawImage(video, (i + 0.5) * side - 1, side / 2 - 1, 2, 2, i, 0, 1, 1);
    const { data } = pen.getImageData(0, 0, canvas.width, 1);
    const bit = (i) => data[4 * i] > 128;
    let number = 0;
    for (let i = 0; i < BITS; i += 1) {
      if (bit(i) === bit(i + BITS)) return undefined;
      if (bit(i)) number += 2 ** i;
    }
    return number;
  };
  const watched = new WeakSet();
  const watch = (video) => {
    watched.add(video);
    const look = (_now, { expectedDisplayTime }) => {
      // what is shown at once was expected before it came
      const at = performance.timeOrigin + Math.max(expectedDisplayTime, performance.now());
      probe.firstAt ??= at;
      const number = numberIn(video);
      if (number !== undefined) probe.shown.push([number, at]);
      video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
  };
  const find = () => document.querySelectorAll('video').forEach((video) => watched.has(video) || watch(video));
  new MutationObserver(find).observe(document, { childList: true, subtree: true });
})();
