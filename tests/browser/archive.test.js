// Archive playback in a real browser: gaps of three causes, playing across them, export, and who looked.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { assertAccessible, assertFits, callFrom, DESK, eventually, launch, PARENT, person, shoot } from './chromium.js';
import { startKitchen } from './kitchen.js';

const WAIT_MS = 60_000;
const FAULTS = [
  ['freeze 2s', 'camera_offline'],
  ['password 2s', 'wrong_password'],
  ['garbage 2s', 'bad_stream'],
];

describe('the archive in a browser', { concurrency: false, timeout: 300_000 }, () => {
  let kitchen;
  let browser;
  let cameras;
  let gaps;
  const people = {};

  const timeline = async (page, camera) => (await callFrom(page, 'GET', `/api/v1/cameras/${camera.id}/timeline`)).body;

  /** Makes the first camera fail three times, each time until there is footage behind the gap. */
  async function fail(page) {
    const made = [];
    for (const [fault, cause] of FAULTS) {
      await kitchen.fault(`1 ${fault}`);
      const gap = await eventually(
        `a gap ${cause} with footage behind it`,
        async () => {
          const now = await timeline(page, cameras[0]);
          const found = now.gaps.find((one) => one.cause === cause && one.to !== null);
          return found && now.spans.some((span) => span.to > found.to) ? found : undefined;
        },
        WAIT_MS,
      );
      made.push(gap);
    }
    return made;
  }
  const state = (page) => page.locator('[data-picture]').first().getAttribute('data-picture');
  const position = async (page) => Number(await page.locator('[data-position]').getAttribute('data-at'));
  const decoded = (page) =>
    page
      .locator('[data-picture] video')
      .first()
      .evaluate((video) => video.getVideoPlaybackQuality().totalVideoFrames);
  /** Pixel of a time on the canvas of a desk. */
  async function pixelOf(page, at) {
    const canvas = page.locator('[data-timeline]');
    const box = await canvas.boundingBox();
    const [start, end] = await canvas.evaluate((line) => [
      Number(line.dataset.viewStart),
      Number(line.dataset.viewEnd),
    ]);
    return { x: box.x + ((at - start) / (end - start)) * box.width, y: box.y + 56, box };
  }

  before(async () => {
    kitchen = await startKitchen();
    browser = await launch();
    for (const [role, size] of [
      ['admin', DESK],
      ['regulator', DESK],
      ['manager', PARENT],
    ]) {
      people[role] = await person(browser, size);
      const { page } = people[role];
      await page.goto(kitchen.linkOf(role));
      await page.locator('h1').first().waitFor();
      // Without a password the pages ask for one first.
      const { status } = await callFrom(page, 'POST', '/api/v1/session/password', {
        password: `${role}-of-the-kitchen`,
      });
      assert.ok(status < 300, `password of ${role}: ${status}`);
    }
    const { page } = people.admin;
    const { canteens } = (await callFrom(page, 'GET', '/api/v1/canteens')).body;
    for (const camera of kitchen.cameras) {
      const { status, body } = await callFrom(page, 'POST', '/api/v1/cameras', {
        canteen_id: canteens[0].id,
        ...camera,
      });
      assert.ok(status < 300, `camera ${camera.name}: ${JSON.stringify(body)}`);
    }
    cameras = (await callFrom(page, 'GET', '/api/v1/cameras')).body.cameras;
    cameras = kitchen.cameras.map(({ name }) => cameras.find((camera) => camera.name === name));
  });
  after(async () => {
    await browser?.close();
    const ends = (await kitchen?.stop()) ?? [];
    assert.ok(
      ends.every(({ code }) => code === 0),
      `ended with ${JSON.stringify(ends)}: ${kitchen?.said.slice(-20).join('\n')}`,
    );
  });

  it('says that there is no footage yet, and shows nothing before a reason is given', async () => {
    const { page } = people.regulator;
    await page.goto(`${kitchen.url}/archive?camera=${cameras[0].id}`);
    await page.locator('[data-reason-prompt]').waitFor();
    assert.equal(await page.locator('[data-archive] video').count(), 0);
    await page.locator('[data-view-reason="other"]').click();
    await page.getByText('请用 2 至 200 个字写明事由').waitFor();
    await eventually('footage and gaps', async () => (await timeline(page, cameras[0])).spans.length > 0, WAIT_MS);
    await assertAccessible(page, 'reason prompt');
  });

  it('plays after one click on a reason, and follows the clock', async (t) => {
    const { page } = people.regulator;
    await page.goto(`${kitchen.url}/archive?camera=${cameras[0].id}`);
    await page.locator('[data-view-reason="routine_inspection"]').click();
    await eventually('the picture moves', async () => (await decoded(page)) > 5, WAIT_MS);
    const [from, begun] = [await position(page), Date.now()];
    await eventually('the position moves on', async () => (await position(page)) > from + 900, WAIT_MS);
    t.diagnostic(`0.9 s of footage in ${Date.now() - begun} ms`);
    await page.locator('[data-kept]').getByText('日常检查').waitFor();
  });

  it('keeps gaps of three causes, hatched and by name', async () => {
    const { page, errors } = people.regulator;
    gaps = await fail(people.admin.page);
    await page.goto(`${kitchen.url}/archive?camera=${cameras[0].id}&at=${gaps[1].from}`);
    await page.locator('[data-view-reason="routine_inspection"]').click();
    await eventually('a picture', async () => (await state(page)) === 'shown', WAIT_MS);
    for (const [, cause] of FAULTS) await page.locator(`[data-entry="gap"] [data-cause="${cause}"]`).first().waitFor();
    await page.locator('[data-timeline]').focus();
    await eventually('the archive fills the view', async () => {
      const canvas = page.locator('[data-timeline]');
      const [start, end] = await canvas.evaluate((line) => [
        Number(line.dataset.viewStart),
        Number(line.dataset.viewEnd),
      ]);
      if (end - start < Math.max(80_000, 2.5 * (Date.parse(gaps[2].to) - Date.parse(gaps[0].from)))) return true;
      await page.keyboard.press('+');
      return false;
    });
    const middle = (Date.parse(gaps[1].from) + Date.parse(gaps[1].to)) / 2;
    const at = await pixelOf(page, middle);
    await page.mouse.move(at.x, at.y + 34);
    await page.locator('[data-hover]').getByText('账号或密码错误').waitFor();
    await shoot(page, 'timeline-gap');
    const before = await pixelOf(page, Date.parse(gaps[1].from) - 1_500);
    await page.mouse.move(before.x, before.y);
    await page.locator('[data-preview]').waitFor();
    await shoot(page, 'timeline', { forReadme: true });
    assert.deepEqual(errors, []);
  });

  it('shows a picture soon after a click on the timeline', async (t) => {
    const { page } = people.regulator;
    await page.locator('[data-action="play"][aria-label="暂停"]').click();
    await eventually('it stands still', async () => (await state(page)) === 'shown');
    const times = { picture: [], video: [] };
    // Before the first gap, behind the last, and between: all lie in view, most of it is not loaded.
    const { spans } = await timeline(page, cameras[0]);
    const targets = [
      Date.parse(gaps[0].from) - 1_500,
      Date.parse(gaps[2].to) + 1_000,
      Date.parse(gaps[1].from) - 700,
      Date.parse(spans[0].from) + 500,
    ];
    for (const target of [...targets, ...targets, ...targets]) {
      const at = await pixelOf(page, target);
      await page.evaluate(() => {
        const tile = document.querySelector('[data-picture]');
        window.took = {};
        // It stands still: the next picture that is presented is the one that was asked for.
        const begin = () => {
          const clickedAt = performance.now();
          const note = (what) => (window.took[what] ??= performance.now() - clickedAt);
          const posters = new MutationObserver(() => {
            const poster = tile.querySelector('[data-poster]');
            if (poster)
              void poster.decode().then(
                () => note('poster'),
                () => undefined,
              );
          });
          posters.observe(tile, { childList: true, subtree: true, attributes: true });
          tile.querySelector('video').requestVideoFrameCallback(() => {
            posters.disconnect();
            note('video');
          });
        };
        document.querySelector('[data-timeline]').addEventListener('pointerup', begin, { once: true, capture: true });
      });
      await page.mouse.click(at.x, at.y);
      const took = await page.waitForFunction(() => window.took.video && window.took, null, { timeout: WAIT_MS });
      const { poster, video } = await took.jsonValue();
      times.video.push(Math.round(video));
      times.picture.push(Math.round(Math.min(poster ?? Infinity, video)));
      await eventually('it stands there', async () => Math.abs((await position(page)) - target) < 2_000);
    }
    t.diagnostic(
      `click to the first picture: ${times.picture.join(', ')} ms; to the video: ${times.video.join(', ')} ms`,
    );
    assert.equal(await page.locator('[data-poster]').count(), 0, 'the video has taken the place of the still');
  });

  it('plays across a gap to the next footage and says so', async () => {
    const { page } = people.regulator;
    const [from, to] = [Date.parse(gaps[0].from), Date.parse(gaps[0].to)];
    const at = await pixelOf(page, from - 700);
    await page.mouse.click(at.x, at.y);
    await eventually(
      'it stands before the gap',
      async () => Math.abs((await position(page)) - (from - 700)) < 200 && (await state(page)) === 'shown',
    );
    if (!(await page.locator('[data-action="play"][aria-label="暂停"]').count()))
      await page.locator('[data-action="play"]').click();
    await eventually('it is behind the gap', async () => (await position(page)) > to + 300, WAIT_MS);
    const frames = await decoded(page);
    await eventually('pictures go on', async () => (await decoded(page)) > frames + 5, WAIT_MS);
    await page.locator('[data-told]').getByText('已跳到').waitFor();
    await page.getByText('摄像头离线').first().waitFor();
  });

  it('steps by pictures, by seconds and by speed from the keyboard', async () => {
    const { page } = people.regulator;
    await page.locator('[data-timeline]').focus();
    await page.keyboard.press('Space');
    await page.locator('[data-action="play"][aria-label="播放"]').waitFor();
    await eventually('the picture stands', async () => (await state(page)) === 'shown');
    const start = await position(page);
    await page.keyboard.press('.');
    await eventually('one picture on', async () => (await position(page)) > start + 10);
    const one = await position(page);
    assert.ok(one - start < 500, `one picture is ${one - start} ms`);
    await page.keyboard.press(',');
    await eventually('one picture back', async () => (await position(page)) < one - 10);
    await page.keyboard.press('>');
    assert.equal(await page.locator('[data-action="rate"]').inputValue(), '2');
    await page.keyboard.press('<');
    await page.keyboard.press('?');
    await page.locator('dialog[open]').getByText('上一帧、下一帧').waitFor();
    await assertAccessible(page, 'keyboard help');
    await page.keyboard.press('Escape');
  });

  it('plays across file borders and a change of parameters', async () => {
    const { page, errors } = people.regulator;
    await kitchen.fault('2 parameters');
    const [camera] = cameras.slice(1);
    const range = {
      from: new Date(Date.now() - 3_600_000).toISOString(),
      to: new Date(Date.now() + 600_000).toISOString(),
    };
    const reason = { code: 'routine_inspection' };
    const asked = { ...range, camera_ids: [camera.id], purpose: 'view', reason };
    const { body: view } = await callFrom(page, 'POST', '/api/v1/footage-views', asked);
    const changed = await eventually(
      'footage behind the change',
      async () => {
        const list = await page.evaluate(
          async (url) => await (await fetch(url)).text(),
          `/api/v1/footage-views/${view.view_id}/cameras/${camera.id}/index.m3u8`,
        );
        const [, ...behind] = list.split('#EXT-X-MAP:');
        const times = behind.slice(1).map((part) => Date.parse(part.match(/PROGRAM-DATE-TIME:(\S+)/)[1]));
        const files = new Set((behind.at(-1) ?? '').match(/segments\/\S+/g));
        return times.length > 0 && files.size > 2 ? times.at(-1) : undefined;
      },
      WAIT_MS,
    );
    await page.goto(`${kitchen.url}/archive?camera=${camera.id}&at=${new Date(changed - 2_500).toISOString()}`);
    await page.locator('[data-view-reason="routine_inspection"]').click();
    // Two files before, the change, and two behind it.
    await eventually('it is behind the change', async () => (await position(page)) > changed + 2_500, WAIT_MS);
    const frames = await decoded(page);
    assert.ok(frames > 10, `${frames} pictures were shown`);
    assert.equal(await page.locator('[data-picture="failed"]').count(), 0);
    assert.deepEqual(errors, []);
  });

  it('exports exactly the marked range and downloads it', async () => {
    const { page } = people.regulator;
    const [from, to] = [Date.parse(gaps[0].from) - 2_500, Date.parse(gaps[0].from) - 500];
    await page.goto(`${kitchen.url}/archive?camera=${cameras[0].id}&at=${new Date(from).toISOString()}`);
    await page.locator('[data-view-reason="routine_inspection"]').click();
    await eventually('a picture', async () => (await state(page)) === 'shown', WAIT_MS);
    await page.locator('[data-timeline]').focus();
    await eventually('seconds can be told apart', async () => {
      const [start, end] = await page
        .locator('[data-timeline]')
        .evaluate((line) => [Number(line.dataset.viewStart), Number(line.dataset.viewEnd)]);
      if (end - start < 120_000) return true;
      await page.keyboard.press('+');
      return false;
    });
    for (const [key, time] of [
      ['[', from],
      [']', to],
    ]) {
      const at = await pixelOf(page, time);
      await page.mouse.click(at.x, at.y);
      await eventually('it stands at the mark', async () => Math.abs((await position(page)) - time) < 1_500);
      await page.keyboard.press(key);
    }
    await page.locator('[data-action="export"]').click();
    await page.locator('[data-export] input[name="from"]').waitFor();
    await shoot(page, 'export');
    await assertAccessible(page, 'export dialog');
    await page.locator('[data-action="start-export"]').click();
    await page.locator('[data-export-state="ready"]').waitFor({ timeout: WAIT_MS });
    const { exports } = (await callFrom(page, 'GET', '/api/v1/footage-exports')).body;
    assert.equal(exports.length, 1);
    const [made] = exports;
    assert.equal(made.camera_id, cameras[0].id);
    // The dialog's fields are whole seconds.
    assert.ok(Math.abs(Date.parse(made.from) - from) < 1_500, made.from);
    assert.ok(Math.abs(Date.parse(made.to) - to) < 1_500, made.to);
    assert.ok(made.first_picture_at >= made.from && made.last_picture_at < made.to, JSON.stringify(made));
    const coming = page.waitForEvent('download', { timeout: WAIT_MS });
    await page.locator('[data-action="download"]').click();
    const download = await coming;
    assert.match(download.suggestedFilename(), /^第一小学食堂_烹饪间-1号_.+\.mp4$/);
    const args = ['-v', 'error', '-count_frames', '-select_streams', 'v:0', '-of', 'csv=p=0'];
    const entries = ['-show_entries', 'stream=nb_read_frames', await download.path()];
    const read = execFileSync('ffprobe', [...args, ...entries], { encoding: 'utf8' });
    assert.equal(Number.parseInt(read, 10), made.frames, 'ffprobe decodes each picture');
    await page.keyboard.press('Escape');
  });

  it('plays four cameras on one clock, the H.265 one as stills', async (t) => {
    const { page, errors } = people.regulator;
    const at = new Date(Date.parse(gaps[0].from) - 4_000).toISOString();
    const { spans } = await timeline(page, cameras[3]);
    assert.ok(spans.length > 0, 'the H.265 camera is recorded');
    await page.goto(`${kitchen.url}/archive?camera=${cameras.map(({ id }) => id).join()}&at=${at}`);
    await page.locator('[data-view-reason="complaint"]').click();
    await eventually(
      'three videos and a still',
      async () => (await page.locator('[data-picture="shown"]').count()) === 4,
      WAIT_MS,
    );
    const drift = await eventually(
      'they play',
      () =>
        page.evaluate(async () => {
          const videos = [...document.querySelectorAll('[data-picture="shown"] video')];
          const before = videos.map((video) => video.currentTime);
          await new Promise((resolve) => setTimeout(resolve, 1_000));
          const moved = videos.map((video, i) => video.currentTime - before[i]);
          return moved.length === 3 && moved.every((by) => by > 0.3) ? moved : undefined;
        }),
      WAIT_MS,
    );
    t.diagnostic(`in one second the videos moved by ${drift.map((by) => by.toFixed(2)).join(', ')} s`);
    assert.ok(await page.locator('[data-picture] img:not([data-poster])').evaluate((img) => img.naturalWidth > 0));
    await shoot(page, 'timeline-four');
    await assertAccessible(page, 'archive');
    await assertFits(page, 'archive');
    assert.deepEqual(errors, []);
  });

  it('tells the canteen who looked, why and at what', async () => {
    const { page, errors } = people.manager;
    await page.goto(`${kitchen.url}/cameras`);
    await page.locator('[data-action="looked"]').click();
    const rows = page.locator('[data-looked]');
    await rows.first().waitFor();
    const text = await rows.allInnerTexts();
    assert.ok(
      text.some((row) => /inspector[\s\S]*县市场监管局城关所[\s\S]*查看[\s\S]*日常检查/.test(row)),
      text.join('\n---\n'),
    );
    assert.ok(
      text.some((row) => /导出/.test(row)),
      'the export is in the ledger',
    );
    await assertFits(page, 'who looked');
    await assertAccessible(page, 'who looked');
    await shoot(page, 'looked');
    assert.deepEqual(errors, []);
  });

  it('shows what a deletion would take before it is confirmed, and proves that the rest is whole', async () => {
    const { page, errors } = people.admin;
    await page.goto(`${kitchen.url}/storage`);
    await page.locator('[data-act="order-deletion"]').click();
    const form = page.locator('[data-form="order"]');
    await form.locator('[data-act="preview"]').click();
    assert.equal(await form.locator('.wrong').count(), 3, 'camera, beginning and end');
    await form.locator(`option[value="${cameras[0].id}"]`).waitFor({ state: 'attached' });
    await form.locator('select[name="camera"]').selectOption(cameras[0].id);
    // The fields are in the browser's own time.
    const local = (ms) =>
      page.evaluate((at) => {
        const time = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
        return time.toISOString().slice(0, 19);
      }, ms);
    await form.locator('input[name="from"]').fill(await local(Date.parse(gaps[0].from) - 60_000));
    await form.locator('input[name="to"]').fill(await local(Date.now()));
    await form.locator('[data-act="preview"]').click();
    await form
      .locator('[data-preview]')
      .getByText(/将删除 [1-9]\d* 个文件/)
      .waitFor();
    await form.locator('[data-act="delete"]').click();
    assert.equal(await form.locator('.wrong').count(), 2, 'reason and name');
    await form.locator('textarea[name="reason"]').fill('误录个人隐私');
    await form.locator('input[name="confirm"]').fill(kitchen.cameras[0].name);
    await assertAccessible(page, 'dialog of a deletion');
    await shoot(page, 'deletion');
    await form.locator('[data-act="delete"]').click();
    await form.locator('.lost[role="alert"]').waitFor();
    const { orders } = (await callFrom(page, 'GET', '/api/v1/deletions')).body;
    assert.deepEqual(orders, [], 'what is still being written is not deleted');
    await page.keyboard.press('Escape');

    const proof = page.locator('[data-form="proof"]');
    await proof.locator('select').selectOption(cameras[0].id);
    await proof.locator('button').click();
    await page
      .locator('[data-proof="whole"]')
      .getByText(/[1-9]\d* 个文件前后相连/)
      .waitFor();
    await assertAccessible(page, 'storage of an administrator');
    await page.setViewportSize({ width: 390, height: 844 });
    await assertFits(page, 'storage on a phone');
    await page.setViewportSize(DESK);
    assert.deepEqual(errors, []);
  });

  it('runs from top to bottom on a phone', async () => {
    const { page, errors } = people.manager;
    const at = new Date(Date.parse(gaps[1].from) - 3_000).toISOString();
    await page.goto(`${kitchen.url}/archive?camera=${cameras[0].id}&at=${at}`);
    await page.locator('[data-view-reason="self_check"]').click();
    await eventually('a picture', async () => (await decoded(page)) > 2, WAIT_MS);
    assert.equal(await page.locator('[data-timeline]').getAttribute('aria-orientation'), 'vertical');
    for (let i = 0; i < 4; i += 1) await page.getByRole('button', { name: '放大' }).click();
    const box = await page.locator('[data-timeline]').boundingBox();
    const [start, end] = await page
      .locator('[data-timeline]')
      .evaluate((line) => [Number(line.dataset.viewStart), Number(line.dataset.viewEnd)]);
    const y = ((Date.parse(gaps[1].from) + 400 - start) / (end - start)) * box.height;
    await page.locator('[data-timeline]').click({ position: { x: 250, y } });
    await eventually('the tap is answered', async () => (await position(page)) > Date.parse(gaps[1].from));
    await assertFits(page, 'archive on a phone');
    await assertAccessible(page, 'archive on a phone');
    await page
      .locator('[data-timeline]')
      .evaluate((line) => window.scrollBy(0, line.getBoundingClientRect().top - 330));
    await shoot(page, 'timeline-phone', { forReadme: true });
    assert.deepEqual(errors, []);
  });
});
