// Live pictures in a real browser, way by way: WebSocket, LL-HLS, one JPEG a second; lost cameras and lost networks.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { callFrom, DESK, eventually, launch, person, shoot } from './chromium.js';
import { startKitchen } from './kitchen.js';
import { startNarrowProxy } from './narrow_proxy.js';
import { follow } from './playlists.js';

const WAIT_MS = 60_000;
const ASLEEP_MS = 12_000;
/** Five a second: 1500 follow a playlist for five minutes. */
const RELOADS = Number(process.env.MINGCHU_TEST_RELOADS ?? 12);
const run = promisify(execFile);
const shakaPath = createRequire(import.meta.url).resolve('shaka-player/dist/shaka-player.compiled.debug.js');

describe('live pictures in a browser', { concurrency: false, timeout: 300_000 + 300 * RELOADS }, () => {
  let kitchen;
  let proxy;
  let browser;
  let viewer;
  let page;
  let cameras;

  const call = (...request) => callFrom(page, ...request);
  const tile = (camera) => page.locator(`[data-camera="${camera.id}"]`);
  /** How many pictures a tile has shown. */
  const shown = (camera) =>
    tile(camera)
      .locator('video')
      .evaluate((video) => video.getVideoPlaybackQuality().totalVideoFrames);
  async function plays(camera, way) {
    await eventually(
      `${camera.name} plays by ${way}`,
      async () => {
        const at = {
          way: await tile(camera).getAttribute('data-way'),
          state: await tile(camera).getAttribute('data-state'),
        };
        if (at.way !== way || at.state !== 'live') throw new Error(JSON.stringify(at));
        return true;
      },
      WAIT_MS,
    );
    const before = await shown(camera);
    await eventually(`${camera.name} moves`, async () => (await shown(camera)) > before + 3, WAIT_MS);
  }
  const isOffline = (camera) =>
    eventually(
      `${camera.name} says since when it is offline`,
      async () => /\d\d:\d\d.* 起离线/.test(await tile(camera).locator('.veil').innerText()),
      WAIT_MS,
    );
  const playlistOf = async (camera) => {
    const { status, body } = await call('GET', `/api/v1/cameras/${camera.id}/live-address`);
    assert.equal(status, 200, JSON.stringify(body));
    return kitchen.url + body.playlist;
  };

  async function addCameras() {
    const { canteens } = (await call('GET', '/api/v1/canteens')).body;
    for (const camera of kitchen.cameras) {
      const { status, body } = await call('POST', '/api/v1/cameras', { canteen_id: canteens[0].id, ...camera });
      assert.ok(status < 300, `camera ${camera.name}: ${JSON.stringify(body)}`);
    }
  }

  before(async () => {
    kitchen = await startKitchen();
    proxy = await startNarrowProxy(kitchen.url);
    browser = await launch();
    for (const role of ['admin', 'regulator']) {
      viewer = await person(browser, DESK);
      page = viewer.page;
      await page.goto(kitchen.linkOf(role).replace(kitchen.url, proxy.url));
      await page.locator('h1').first().waitFor();
      const { status } = await call('POST', '/api/v1/session/password', { password: `${role}-of-the-kitchen` });
      assert.ok(status < 300, `password of ${role}: ${status}`);
      if (role === 'admin') await addCameras();
    }
    cameras = (await call('GET', '/api/v1/cameras')).body.cameras;
    cameras = kitchen.cameras.map(({ name }) => cameras.find((camera) => camera.name === name));
  });
  after(async () => {
    await browser?.close();
    await proxy?.stop();
    const ends = (await kitchen?.stop()) ?? [];
    assert.ok(
      ends.every(({ code }) => code === 0),
      `ended with ${JSON.stringify(ends)}: ${kitchen?.said.slice(-20).join('\n')}`,
    );
  });

  it('plays over a WebSocket, an H.265 camera too', async () => {
    await page.goto(`${proxy.url}/wall`);
    for (const camera of cameras) await plays(camera, 'ws');
    const size = await tile(cameras[3])
      .locator('video')
      .evaluate((video) => [video.videoWidth, video.videoHeight]);
    assert.deepEqual(size, [640, 360]);
  });

  it('shows an H.265 camera as one picture a second where nothing else comes through', async () => {
    await page.goto(`${proxy.url}/wall?way=jpeg`);
    const h265 = tile(cameras[3]);
    await eventually(
      'a picture of the H.265 camera',
      async () =>
        (await h265.getAttribute('data-way')) === 'jpeg' &&
        h265.locator('img.now').evaluate((img) => img.naturalWidth > 0),
      WAIT_MS,
    );
    const first = await h265.locator('img.now').getAttribute('src');
    await eventually(
      'the next one',
      async () => (await h265.locator('img.now').getAttribute('src')) !== first,
      WAIT_MS,
    );
    assert.match(await h265.locator('.delay').innerText(), /^JPEG · \d\.\d 秒$/);
    await shoot(page, 'live-ways');
  });

  it('comes back by itself after the network was gone', async () => {
    await page.goto(`${proxy.url}/wall`);
    for (const camera of cameras.slice(0, 3)) await plays(camera, 'ws');
    assert.match(await tile(cameras[0]).locator('.delay').innerText(), /^WS · \d\.\d 秒$/);
    proxy.cut();
    await eventually(
      'it says so',
      async () => (await tile(cameras[0]).getAttribute('data-state')) === 'broken',
      WAIT_MS,
    );
    await shoot(page, 'live-broken');
    proxy.mend();
    for (const camera of cameras.slice(0, 3)) await plays(camera, 'ws');
    await shoot(page, 'live-mended');
  });

  it('plays on after the device slept, with its connections gone', async () => {
    await page.goto(`${proxy.url}/wall`);
    for (const camera of cameras.slice(0, 3)) await plays(camera, 'ws');
    const device = await page.context().newCDPSession(page);
    await device.send('Page.setWebLifecycleState', { state: 'frozen' });
    proxy.cut();
    // longer than a player takes for a slow moment
    await new Promise((resolve) => setTimeout(resolve, ASLEEP_MS));
    proxy.mend();
    await device.send('Page.setWebLifecycleState', { state: 'active' });
    for (const camera of cameras.slice(0, 3)) await plays(camera, 'ws');
    await shoot(page, 'live-woken');
    await device.detach();
  });

  it('falls back to LL-HLS where no WebSocket comes through', async () => {
    proxy.letSockets(false);
    await page.goto(`${proxy.url}/wall`);
    for (const camera of cameras) await plays(camera, 'hls');
    assert.match(await tile(cameras[0]).locator('.delay').innerText(), /^LL-HLS · \d\.\d 秒$/);
  });

  it('plays over WebRTC where somebody asks for the lowest delay, and back', async () => {
    proxy.letSockets(true);
    await page.goto(`${proxy.url}/wall`);
    await plays(cameras[0], 'ws');
    const button = tile(cameras[0]).locator('[data-action="low-delay"]');
    await button.click();
    await plays(cameras[0], 'whep');
    assert.match(await tile(cameras[0]).locator('.delay').innerText(), /^WebRTC · 0\.\d 秒$/);
    assert.equal(await button.getAttribute('aria-pressed'), 'true');
    await button.click();
    await plays(cameras[0], 'ws');
  });

  for (const way of ['ws', 'whep', 'hls'])
    it(`shows a lost camera with the time instead of a spinner, and plays on when it is back (${way})`, async () => {
      proxy.letSockets(true);
      await page.goto(`${proxy.url}/wall?way=${way}`);
      await plays(cameras[0], way);
      await kitchen.fault('1 refuse');
      await isOffline(cameras[0]);
      await plays(cameras[1], way);
      await kitchen.fault('1 clear');
      await plays(cameras[0], way);
    });

  for (const way of ['ws', 'whep', 'hls'])
    it(`plays on when the camera changes its picture size in mid-view (${way})`, async () => {
      await page.goto(`${proxy.url}/wall?way=${way}`);
      await plays(cameras[1], way);
      await kitchen.fault('2 parameters');
      await plays(cameras[1], way);
      const before = await shown(cameras[1]);
      await eventually('two seconds more', async () => (await shown(cameras[1])) > before + 20, WAIT_MS);
    });

  it('gives playlists that two parsers accept, reload by reload, over a lost camera too', async () => {
    const url = await playlistOf(cameras[2]);
    const calm = await follow(url, RELOADS);
    assert.equal(calm.playlists, RELOADS);
    await kitchen.fault('3 close');
    const again = () => fetch(url).then(async (response) => response.status === 200 && (await response.text()));
    await eventually('the break is declared', async () => (await again()).includes('#EXT-X-DISCONTINUITY\n'), WAIT_MS);
    // the list must be longer than six target durations before anything may be left out of it
    await eventually('half a minute', async () => (await again()).split('#EXTINF').length > 14, WAIT_MS, 500);
    const long = await follow(url, 8);
    assert.ok(long.skipping > 0, `no delta update in ${long.playlists} playlists`);
    assert.equal(long.discontinuities, 1);
  });

  it('plays in ffprobe', async () => {
    const args = ['-v', 'error', '-read_intervals', '%+3', '-show_entries', 'packet=pts_time,flags', '-of', 'json'];
    const { stdout } = await run('ffprobe', [...args, await playlistOf(cameras[1])], { timeout: WAIT_MS });
    const { packets } = JSON.parse(stdout);
    assert.ok(packets.length >= 20, `${packets.length} packets`);
    assert.match(packets[0].flags, /^K/);
    const times = packets.map(({ pts_time }) => Number(pts_time));
    assert.ok(times.every((time, i) => i === 0 || time > times[i - 1]));
  });

  it('plays in shaka-player', async () => {
    const url = await playlistOf(cameras[1]);
    // it takes the codec from a whole segment and fails where there is none yet
    const text = () => fetch(url).then((response) => response.text());
    await eventually('a whole segment', async () => (await text()).split('#EXTINF').length > 2, WAIT_MS);
    const shaka = await person(browser, DESK);
    await shaka.page.goto(kitchen.url);
    await shaka.page.evaluate(await readFile(shakaPath, 'utf8'));
    const failed = await shaka.page.evaluate(async (playlist) => {
      const video = document.body.appendChild(document.createElement('video'));
      video.muted = true;
      video.autoplay = true;
      globalThis.shaka.polyfill.installAll();
      const player = new globalThis.shaka.Player();
      globalThis.failures = [];
      player.addEventListener('error', ({ detail }) =>
        globalThis.failures.push(`${detail.code} ${detail.data?.slice(0, 2)}`),
      );
      await player.attach(video);
      return player.load(playlist).then(
        () => undefined,
        (error) => `${error} ${error.stack} ${JSON.stringify(error.data)}`,
      );
    }, url);
    assert.equal(failed, undefined);
    await eventually(
      'it moves',
      () => shaka.page.evaluate(() => document.querySelector('video').getVideoPlaybackQuality().totalVideoFrames > 30),
      WAIT_MS,
    );
    assert.deepEqual(await shaka.page.evaluate(() => globalThis.failures), []);
    await shaka.context.close();
  });

  it('made no page fail', () => assert.deepEqual(viewer.errors, []));
});
