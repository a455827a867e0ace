// The wall in a real browser: a dead camera, H.265 cameras and one too many of them, patrols, the limit of videos.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertAccessible, assertFits, callFrom, DESK, eventually, launch, PARENT, person, shoot } from './chromium.js';
import { startKitchen } from './kitchen.js';

const WAIT_MS = 60_000;
const H264 = ['cooking_no_hat', 'serving_no_mask', 'bin_open', 'serving_compliant'];
const ZONES = ['cooking', 'serving', 'washing', 'special'];
/** Ten cameras, named so that their order on the wall is this one; the last two send H.265 alone. */
const CAMERAS = Array.from({ length: 10 }, (_, i) => ({
  clip: i < 8 ? H264[i % 4] : 'serving_compliant_h265',
  name: `${String(i + 1).padStart(2, '0')}号${i < 8 ? '' : '（H.265）'}`,
  zone: ZONES[i % 4],
  hasSub: i < 8,
}));
/** The one that is dead. */
const DEAD = 4;

describe('the wall in a browser', { concurrency: false, timeout: 300_000 }, () => {
  let kitchen;
  let browser;
  let viewer;
  let page;
  let cameras;

  const call = (...request) => callFrom(page, ...request);
  const tile = (i) => page.locator(`[data-camera="${cameras[i].id}"]`);
  const stateOf = (i) => tile(i).getAttribute('data-state');
  const wayOf = (i) => tile(i).getAttribute('data-way');
  const shows = (i, state, way) =>
    eventually(
      `${CAMERAS[i].name} shows ${state} by ${way}`,
      async () => {
        const now = [await stateOf(i), await wayOf(i)];
        if (now[0] !== state || now[1] !== way) throw new Error(JSON.stringify(now));
        return true;
      },
      WAIT_MS,
    );
  const shown = () =>
    page.locator('[data-wall] [data-camera]').evaluateAll((all) => all.map((one) => one.dataset.camera));
  const pageNo = async () => Number(await page.locator('[data-wall]').getAttribute('data-page'));
  const patrols = async () => (await call('GET', '/api/v1/patrols')).body.patrols;
  const ids = (...places) => places.map((i) => cameras[i].id);

  before(async () => {
    kitchen = await startKitchen({ cameras: CAMERAS, gateway: 'transcodes = 1' });
    browser = await launch();
    for (const role of ['admin', 'regulator']) {
      viewer = await person(browser, DESK);
      page = viewer.page;
      await page.goto(kitchen.linkOf(role));
      await page.locator('h1').first().waitFor();
      const { status } = await call('POST', '/api/v1/session/password', { password: `${role}-of-the-kitchen` });
      assert.ok(status < 300, `password of ${role}: ${status}`);
      if (role !== 'admin') continue;
      const { canteens } = (await call('GET', '/api/v1/canteens')).body;
      for (const camera of kitchen.cameras) {
        const added = await call('POST', '/api/v1/cameras', { canteen_id: canteens[0].id, ...camera });
        assert.ok(added.status < 300, `camera ${camera.name}: ${JSON.stringify(added.body)}`);
      }
    }
    cameras = (await call('GET', '/api/v1/cameras')).body.cameras;
    cameras = CAMERAS.map(({ name }) => cameras.find((camera) => camera.name === name));
    await kitchen.fault(`${DEAD + 1} refuse`);
  });
  after(async () => {
    await browser?.close();
    const ends = (await kitchen?.stop()) ?? [];
    assert.ok(
      ends.every(({ code }) => code === 0),
      `ended with ${JSON.stringify(ends)}: ${kitchen?.said.slice(-20).join('\n')}`,
    );
  });

  it('shows nine tiles each in its own state: eight play, one of them H.265, one is dead', async () => {
    await page.goto(`${kitchen.url}/wall`);
    await eventually('nine tiles', async () => (await shown()).length === 9, WAIT_MS);
    for (let i = 0; i < 9; i += 1) {
      if (i === DEAD) await shows(i, 'offline', null);
      else await shows(i, 'live', 'ws');
    }
    assert.match(await tile(DEAD).locator('.veil').innerText(), /\d\d:\d\d.* 起离线/);
    await shoot(page, 'wall-nine');
    await assertAccessible(page, 'wall');
    await assertFits(page, 'wall');
  });

  it('shows the H.265 camera that found no place as one picture a second, and says why', async () => {
    await page.keyboard.press('6');
    await eventually('all ten', async () => (await shown()).length === 10, WAIT_MS);
    await page.locator('[data-most]').selectOption('16');
    await shows(8, 'live', 'ws');
    await shows(9, 'stills', 'jpeg');
    await tile(9).getByText('转码已满，每秒一帧').waitFor();
  });

  it('plays no more videos than were allowed; the others are pictures and say so', async () => {
    await page.locator('[data-most]').selectOption('4');
    for (const i of [0, 3]) await shows(i, 'live', 'ws');
    for (const i of [5, 7]) {
      await shows(i, 'stills', 'jpeg');
      await tile(i).getByText('画面多，每秒一帧').waitFor();
    }
    await shoot(page, 'wall-saving');
    await page.locator('[data-most]').selectOption('9');
    await shows(7, 'live', 'ws');
  });

  it('turns by arrows, knows layouts by number, opens one and comes back', async () => {
    await page.keyboard.press('4');
    assert.deepEqual(await shown(), ids(0, 1, 2, 3));
    await page.keyboard.press('ArrowRight');
    assert.deepEqual(await shown(), ids(4, 5, 6, 7));
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    assert.deepEqual(await shown(), ids(8, 9));
    await page.keyboard.press('ArrowRight');
    await tile(1).locator('.cover').click();
    assert.deepEqual(await shown(), ids(1));
    await page.keyboard.press('Escape');
    assert.deepEqual(await shown(), ids(0, 1, 2, 3));
    await page.keyboard.press('f');
    await eventually('full screen', () => page.evaluate(() => document.fullscreenElement?.className === 'stage'));
    await shoot(page, 'wall-full');
    await page.keyboard.press('f');
    await eventually('no full screen', () => page.evaluate(() => document.fullscreenElement === null));
  });

  it('saves a patrol of chosen cameras and runs it, with its progress seen, paused by space', async () => {
    await page.locator('[data-action="save"]').click();
    const form = page.locator('[data-form="patrol"]');
    await form.locator('[type="submit"]').click();
    await form.getByText('请填写 1 至 40 个字的名称').waitFor();
    await form.locator('[name="name"]').fill('午餐加工');
    await form.locator('[value="list"]').check();
    for (const i of [7, 2, 0]) await form.locator(`[data-pick="${cameras[i].id}"]`).check();
    await form.locator('[name="tiles"]').selectOption('1');
    await form.locator('[name="dwell"]').fill('5');
    await form.locator('[data-meal="lunch"]').click();
    await assertAccessible(page, 'patrol dialog');
    await shoot(page, 'wall-patrol');
    await form.locator('[type="submit"]').click();
    await eventually('it runs', async () => (await shown())[0] === cameras[7].id);
    await page.locator('[data-progress]').waitFor();
    await eventually('the next page', async () => (await shown())[0] === cameras[2].id, WAIT_MS);
    await page.keyboard.press(' ');
    await page.getByText('已暂停').waitFor();
    const at = await pageNo();
    // It would have turned after five.
    await page.waitForTimeout(6_000);
    assert.equal(await pageNo(), at, 'it stands');
    await page.keyboard.press(' ');
    await eventually('it goes on', async () => (await pageNo()) !== at, WAIT_MS);
    const [patrol] = await patrols();
    assert.deepEqual(
      [patrol.name, patrol.camera_ids, patrol.tiles, patrol.dwell_s, patrol.hours],
      ['午餐加工', ids(7, 2, 0), 1, 5, [{ days: [1, 2, 3, 4, 5], from: '08:30', until: '11:20' }]],
    );
    await page.reload();
    await eventually('its address starts it', async () => ids(7, 2, 0).includes((await shown())[0]), WAIT_MS);
  });

  it('renames a patrol, deletes it, and takes that back', async () => {
    await page.locator('[data-action="edit"]').click();
    await page.locator('[data-form="patrol"] [name="name"]').fill('晚餐');
    await page.locator('[data-form="patrol"] [type="submit"]').click();
    await eventually('its new name', async () => (await patrols())[0].name === '晚餐');
    await page.locator('[data-action="remove"]').click();
    await page.locator('[data-removed]').getByText('已删除轮巡方案“晚餐”').waitFor();
    assert.deepEqual(await patrols(), []);
    await page.locator('[data-action="undo"]').click();
    await eventually('it is back and runs', async () => (await shown()).length === 1);
    assert.deepEqual((await patrols())[0].camera_ids, ids(7, 2, 0));
  });

  it('offers the patrol of this hour, and asks no more when somebody said no', async () => {
    const hours = [{ days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', until: '24:00' }];
    const now = { name: '全天', camera_ids: ids(1, 2), tiles: 4, dwell_s: 30, hours };
    assert.equal((await call('POST', '/api/v1/patrols', now)).status, 201);
    await page.goto(`${kitchen.url}/wall`);
    await page.locator('[data-offer]').getByText('现在是“全天”的时段').waitFor();
    await page.locator('[data-action="decline"]').click();
    assert.equal(await page.locator('[data-offer]').count(), 0);
    await page.reload();
    await page.locator('[data-action="start"]').click();
    await eventually('its cameras', async () => (await shown()).join() === ids(1, 2).join());
    assert.match(page.url(), /\?patrol=/);
  });

  it('plays only the tiles in view on a phone', async () => {
    await page.setViewportSize(PARENT);
    await page.goto(`${kitchen.url}/wall`);
    await shows(0, 'live', 'ws');
    await eventually('the last one rests', async () => (await stateOf(8)) === 'paused');
    await shoot(page, 'wall-phone');
    await assertFits(page, 'wall on a phone');
    await tile(8).scrollIntoViewIfNeeded();
    await shows(8, 'live', 'ws');
    await eventually('the first one rests', async () => (await stateOf(0)) === 'paused');
    await shoot(page, 'wall-phone-end');
    assert.deepEqual(viewer.errors, []);
  });
});
