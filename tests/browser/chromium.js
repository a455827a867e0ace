// Chromium as the tests use it: one browser, one context a person, screenshots, axe.
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = dirname(fileURLToPath(import.meta.url));
const docs = join(here, '../../docs/screenshots');
const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
  // WebRTC between two programs of this machine
  '--allow-loopback-in-peer-connection',
];
export const DESK = { width: 1440, height: 900 };
export const PHONE = { width: 360, height: 760 };
export const PARENT = { width: 390, height: 844 };

export const launch = () =>
  chromium.launch({ executablePath: process.env.MINGCHU_CHROMIUM ?? '/usr/bin/chromium', headless: true, args: FLAGS });

/** A page of its own for one person; script errors of the page fail the test that looks at `errors`. */
export async function person(browser, viewport) {
  const context = await browser.newContext({ viewport, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy'))
      errors.push(message.text().replace(/data:[^']{80,}/, 'data:…'));
  });
  return { context, page, errors };
}

/** Asks the API from inside the page, as the page does; returns status and JSON, whatever the answer is. */
export const callFrom = (page, method, path, body) =>
  page.evaluate(
    async ([verb, url, json]) => {
      const init = json ? { body: JSON.stringify(json), headers: { 'content-type': 'application/json' } } : {};
      const response = await fetch(url, { method: verb, ...init });
      return { status: response.status, body: await response.json().catch(() => undefined) };
    },
    [method, path, body],
  );

/** Asks again until the answer is truthy; the last answer or error is in the failure. */
export async function eventually(what, ask, withinMs = 15_000, everyMs = 250) {
  const until = Date.now() + withinMs;
  let last;
  while (Date.now() < until) {
    try {
      last = await ask();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  throw new assert.AssertionError({
    message: `not within ${withinMs} ms: ${what} (last: ${last instanceof Error ? last.message : JSON.stringify(last)})`,
  });
}

/** Writes `screenshots/NAME.png`; with MINGCHU_SCREENSHOTS the chosen ones also go to docs/screenshots as JPEG. */
export async function shoot(page, name, { forReadme = false, fullPage = false } = {}) {
  await mkdir(join(here, 'screenshots'), { recursive: true });
  await page.screenshot({ path: join(here, 'screenshots', `${name}.png`), fullPage });
  if (!forReadme || !process.env.MINGCHU_SCREENSHOTS) return;
  await mkdir(docs, { recursive: true });
  await page.screenshot({ path: join(docs, `${name}.jpg`), type: 'jpeg', quality: 78 });
}

/** Fails on what axe calls serious or critical. */
export async function assertAccessible(page, name) {
  // what fades in has its colours only once it stands
  await page.evaluate(() => {
    const ends = (animation) => Number.isFinite(animation.effect?.getComputedTiming().endTime);
    const moving = document.getAnimations().filter(ends);
    return Promise.allSettled(moving.map(({ finished }) => finished)).then(() => undefined);
  });
  await page.evaluate(await readFile(axePath, 'utf8'));
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  const grave = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .slice(0, 3)
          .map(
            ({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary?.replace(/\s+/g, ' ').slice(0, 200)}`,
          )
          .join(' | ')}`,
    );
  assert.deepEqual(grave, [], `axe on ${name}`);
}

export async function assertFits(page, name) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(over <= 0, `${name} is ${over} px wider than the screen`);
}

/** How many video elements inside `selector` move on within a second. */
export function movingVideos(page, selector) {
  return page.evaluate(async (inside) => {
    const videos = [...document.querySelectorAll(`${inside} video`)];
    const before = videos.map((video) => video.currentTime);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return videos.filter((video, i) => video.currentTime > before[i] && video.videoWidth > 0).length;
  }, selector);
}

/** Asks the API with the session of the page. */
export async function api(page, path) {
  const response = await page.request.get(new URL(path, page.url()).href);
  assert.equal(response.status(), 200, `GET ${path}`);
  return response.json();
}
