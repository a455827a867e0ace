// Measures how long the timeline takes to draw 30 days of 16 cameras in Chromium: node tests/browser/timeline_draw.js
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { DESK, launch, person, shoot } from './chromium.js';

const ui = new URL('../../web/ui/', import.meta.url);
const vite = await import(createRequire(new URL('package.json', ui)).resolve('vite'));
const [built] = [
  await vite.build({
    root: fileURLToPath(ui),
    configFile: false,
    logLevel: 'error',
    resolve: { alias: { '@': fileURLToPath(new URL('src', ui)) } },
    build: {
      write: false,
      lib: { entry: fileURLToPath(new URL('src/timeline/timeline.ts', ui)), formats: ['iife'], name: 'Mingchu' },
    },
  }),
].flat();
const script = built.output.find((file) => file.type === 'chunk').code;

/** Runs in the page: 16 cameras, a file a minute, a gap every hour, a violation every two hours. */
function measure() {
  const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
  const now = Date.now();
  const start = now - 30 * DAY;
  const causes = ['network_lost', 'camera_offline', 'gateway_down', 'disk_full'];
  const list = (n, make) => Array.from({ length: n }, (_, i) => make(i));
  const span = (from, length) => ({ start: from, end: from + length });
  const rows = list(16, (camera) => ({
    id: `camera-${camera}`,
    title: `camera ${camera}`,
    footage: list(43_200, (i) => span(start + i * MINUTE, i % 60 === 59 ? MINUTE / 2 : MINUTE)),
    gaps: list(720, (i) => ({
      ...span(start + (i + 1) * HOUR - MINUTE / 2, MINUTE / 2),
      cause: causes[i % 4],
      detail: '',
    })),
    held: [],
    judged: list(720, (i) => ({ ...span(start + i * HOUR, HOUR), share: ((i + camera) % 10) / 10 })),
    dots: list(360, (i) => ({ at: start + i * 2 * HOUR, id: String(i), state: 'to_review', code: 'no_hat' })),
  }));
  const bounds = { start: now - 200 * DAY, end: now + DAY, minSpan: 10_000, maxSpan: 31 * DAY };
  const words = { cause: (code) => code, tick: (at) => new Date(at).toISOString().slice(5, 16), now: 'now' };
  const silent = { view() {}, seek() {}, hover() {}, command() {} };
  const canvas = document.querySelector('canvas');
  const line = new globalThis.Mingchu.Timeline(canvas, bounds, { start, end: now }, false, words, silent);
  line.setRows(rows);
  const nextFrame = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  const results = {};
  return (async () => {
    for (const [name, length] of [
      ['month', 30 * DAY],
      ['day', DAY],
      ['hour', HOUR],
      ['minute', MINUTE],
    ]) {
      const times = [];
      for (let i = 0; i < 60; i += 1) {
        line.setView({ start: now - length * (1 + i / 200), end: now - (length * i) / 200 });
        await nextFrame();
        times.push(line.lastDrawMs);
      }
      times.sort((a, b) => a - b);
      results[name] = { median: times[30], worst: times[59] };
    }
    line.setView({ start, end: now });
    await nextFrame();
    return results;
  })();
}

const browser = await launch();
try {
  const { page } = await person(browser, DESK);
  await page.setContent('<body style="margin:0"><div><canvas></canvas></div></body>');
  await page.addScriptTag({ content: script });
  const results = await page.evaluate(measure);
  for (const [name, { median, worst }] of Object.entries(results))
    console.log(`${name}: median ${median.toFixed(1)} ms, worst of 60 ${worst.toFixed(1)} ms`);
  await shoot(page, 'timeline-draw');
} finally {
  await browser.close();
}
