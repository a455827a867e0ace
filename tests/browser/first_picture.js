// Measures the time from `make run` (all built) to the first picture on screen: node tests/browser/first_picture.js
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DESK, launch, person } from './chromium.js';

/** Waits until `count` videos play. */
function playing(page, count) {
  const isPlaying = (wanted) =>
    [...document.querySelectorAll('video')].filter((video) => video.readyState >= 2 && video.currentTime > 0).length >=
    wanted;
  return page.waitForFunction(isPlaying, count, { timeout: 30_000 });
}

/** Returns the line of JSON with which the demo says where it is. */
function announcement(run) {
  return new Promise((resolve) => {
    let text = '';
    run.stdout.on('data', (more) => {
      text += more;
      const line = text.split('\n').find((line) => line.startsWith('{') && line.endsWith('}'));
      if (line) resolve(JSON.parse(line));
    });
  });
}

const root = new URL('../..', import.meta.url);
const folder = await mkdtemp(join(tmpdir(), 'mingchu-first-'));
const browser = await launch();
const begun = Date.now();
const demo = `ARGS=--json --port 0 --dir ${folder}/demo`;
const run = spawn('make', ['run', demo], { cwd: root, detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
const ended = new Promise((resolve) => run.on('exit', resolve));
try {
  const { accounts } = await announcement(run);
  const { page } = await person(browser, DESK);
  await page.goto(accounts.find(({ role }) => role === 'regulator').sign_in_url);
  await page.getByText('视频', { exact: true }).first().click();
  await playing(page, 1);
  console.log(`first picture after ${Date.now() - begun} ms`);
  await playing(page, 8);
  console.log(`eight pictures after ${Date.now() - begun} ms`);
} finally {
  process.kill(-run.pid, 'SIGINT');
  await ended;
  await browser.close();
  await rm(folder, { recursive: true });
}
