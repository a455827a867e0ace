import assert from 'node:assert/strict';
import { it } from 'node:test';
import { api, eventually, shoot } from '../chromium.js';

/** The footage's violations are in the queue this long after the start of the program. */
const FOUND_MS = 120_000;
/** The demo's third canteen keeps every rule. */
const COMPLIANT = '示范县阳光幼儿园食堂';

/** From the finding to the closed notice; without models the pages must say so, and why. */
export function violations(world) {
  let isJudging = false;
  let mine;

  it('says whether it is judging, and why not', async (t) => {
    const { page } = world.people.regulator;
    await page.goto(`${world.district.url}/`);
    const system = await eventually(
      'the analyzer has started',
      async () => {
        const now = await api(page, '/api/v1/system');
        return now.judging.reason === 'starting' ? undefined : now;
      },
      30_000,
    );
    isJudging = system.judging.is_judging;
    world.isJudging = isJudging;
    if (isJudging) return;
    assert.ok(
      !process.env.MINGCHU_TEST_MODELS,
      `MINGCHU_TEST_MODELS is set but nothing is judged: ${system.judging.reason}`,
    );
    const banner = page.locator('[data-banner="judging"]');
    await banner.waitFor({ timeout: 20_000 });
    assert.match(await banner.innerText(), /现在没有在判定违规 .{6,}/);
    await page.goto(`${world.district.url}/review`);
    await page.getByText('系统现在没有在判定').waitFor();
    await shoot(page, 'not-judging');
    t.diagnostic(`skipped: the violations of the footage, because nothing is judged (${system.judging.reason})`);
  });

  it('finds the violations of the footage, each with picture and clip, none in the compliant kitchen', async (t) => {
    if (!isJudging) return t.skip('nothing is judged');
    const { page } = world.people.regulator;
    await page.goto(`${world.district.url}/review`);
    const leftMs = Math.max(1_000, world.district.startedAt + FOUND_MS - Date.now());
    let seen = [];
    const found = await eventually(
      'hat and mask violations with clips',
      async () => {
        const { violations: rows } = await api(page, '/api/v1/violations?limit=100');
        seen = rows.map((row) => `${row.code} at ${row.camera.name}, evidence ${row.evidence.state}`);
        const isComplete = (code) => rows.some((row) => row.code === code && row.evidence.state === 'ready');
        return isComplete('no_hat') && isComplete('no_mask') && rows;
      },
      leftMs,
      1_000,
    ).catch((error) => {
      throw new Error(`${error.message}; found: ${seen.join('; ') || 'nothing'}`);
    });
    t.diagnostic(
      `${found.length} violations ${Math.round((Date.now() - world.district.startedAt) / 1000)} s after the start`,
    );
    for (const row of found.filter(({ evidence }) => evidence.state !== 'pending')) {
      assert.equal(row.evidence.state, 'ready', `clip of ${row.id}: ${row.evidence.reason}`);
      assert.equal(row.frames.length, 3, `decision frames of ${row.id}`);
      for (const url of [row.snapshot_url, ...row.frames.map((frame) => frame.url)]) {
        const picture = await page.request.get(new URL(url, page.url()).href);
        assert.equal(picture.headers()['content-type'], 'image/jpeg', url);
      }
    }
    const guilty = found.filter((row) => row.canteen.name === COMPLIANT);
    assert.deepEqual(guilty, [], 'violations in the compliant kitchen');
    const { canteen } = await api(world.people.manager.page, '/api/v1/session');
    world.managed = canteen;
    mine = found.find(
      (row) =>
        row.canteen.id === canteen.id && row.state === 'to_review' && row.evidence.state === 'ready' && row.notice_id,
    );
    assert.ok(mine, `no violation in the manager's canteen ${canteen.name}`);
  });

  it('shows picture, boxes, clip and the reason in the review queue', async (t) => {
    if (!mine) return t.skip('nothing is judged');
    const { page } = world.people.regulator;
    await page.goto(`${world.district.url}/review/${mine.id}`);
    await page.locator(`[data-violation="${mine.id}"][aria-current="true"]`).waitFor();
    await page.locator('.evidence .picture img').evaluate((img) => img.decode());
    assert.ok((await page.locator('.evidence .box').count()) >= 1, 'boxes over the picture');
    await shoot(page, 'review', { forReadme: true });
    await page.keyboard.press('z');
    await shoot(page, 'review-zoomed');
    await page.keyboard.press('Space');
    const clip = page.locator('.evidence video');
    await eventually('the clip plays', () => clip.evaluate((video) => video.currentTime > 0.3 && video.videoWidth > 0));
    await shoot(page, 'review-clip');
  });

  it('has told the manager at once, with picture; a rectification with photo takes three taps', async (t) => {
    if (!mine) return t.skip('nothing is judged');
    const { page } = world.people.manager;
    await page.goto(`${world.district.url}/`);
    const card = page.locator(`[data-notice="${mine.notice_id}"]`);
    await card.waitFor();
    await card.locator('img').evaluate((img) => img.decode());
    await shoot(page, 'inbox', { forReadme: true });
    await page.goto(`${world.district.url}/notices/${mine.notice_id}`);
    await page.locator('[data-action="acknowledge"]').click();
    await eventually('acknowledged', async () => (await page.locator('[data-action="acknowledge"]').count()) === 0);
    await shoot(page, 'manager-notice', { fullPage: true });
    await page.goto(`${world.district.url}/`);
    await page.locator(`[data-notice="${mine.notice_id}"] [data-action="rectify"]`).click();
    const file = page.locator('[data-sheet="rectify"] input[type="file"]');
    await file.setInputFiles({ name: 'notes.txt', mimeType: 'image/jpeg', buffer: Buffer.from('no picture') });
    await page.getByText('不是可以读取的照片').waitFor();
    await file.setInputFiles({ name: 'photo.jpg', mimeType: 'image/jpeg', buffer: await photo(page) });
    await page.locator('[data-sheet="rectify"] .photo img').waitFor();
    await page.locator('[data-sheet="rectify"] .field input').fill('已让当班人员戴好工作帽并检查全员');
    await shoot(page, 'rectify', { forReadme: true });
    await page.locator('[data-sheet="rectify"] [data-action="send"]').click();
    await eventually(
      'it waits for the recheck',
      async () => (await api(page, `/api/v1/notices/${mine.notice_id}`)).state === 'rectified',
    );
    await page.locator('[data-tab="waiting"]').click();
    await page.locator(`[data-notice="${mine.notice_id}"][data-notice-state="rectified"]`).waitFor();
  });

  it('lets the regulator confirm and close, and both sides see it', async (t) => {
    if (!mine) return t.skip('nothing is judged');
    const { page, errors } = world.people.regulator;
    await page.goto(`${world.district.url}/review/${mine.id}`);
    await page.locator(`[data-violation="${mine.id}"][aria-current="true"]`).waitFor();
    await page.keyboard.press('Enter');
    await page.locator('[data-action="undo"]').waitFor();
    await page.goto(`${world.district.url}/notices/${mine.notice_id}`);
    await page.locator('[data-answer="rectification"] img').evaluate((img) => img.decode());
    await shoot(page, 'notice', { forReadme: true });
    await page.locator('[data-action="close"]').click();
    await eventually('closed', async () => (await api(page, `/api/v1/notices/${mine.notice_id}`)).state === 'closed');
    world.closedIn = world.managed;
    await page.goto(`${world.district.url}/notices`);
    await page.locator(`[data-column="done"] [data-notice="${mine.notice_id}"]`).waitFor();
    await shoot(page, 'board', { forReadme: true });
    const manager = world.people.manager.page;
    await manager.goto(`${world.district.url}/notices/${mine.notice_id}`);
    await manager.getByText('已销号：').waitFor();
    assert.deepEqual(errors, []);
    assert.deepEqual(world.people.manager.errors, []);
  });

  it('takes a dismissal back within ten seconds', async (t) => {
    if (!mine) return t.skip('nothing is judged');
    const { page } = world.people.regulator;
    await page.goto(`${world.district.url}/review`);
    const first = page.locator('[data-violation][aria-current="true"]');
    await first.waitFor();
    const id = await first.getAttribute('data-violation');
    await page.keyboard.press('x');
    await page.locator('[data-reason="cannot_tell"]').click();
    await page.locator('[data-action="undo"]').waitFor();
    assert.equal((await api(page, `/api/v1/violations/${id}`)).state, 'dismissed');
    await page.keyboard.press('u');
    await eventually(
      'back in the queue',
      async () => (await api(page, `/api/v1/violations/${id}`)).state === 'to_review',
    );
    await page.locator(`[data-violation="${id}"]`).waitFor();
  });
}

/** A photo as a phone takes it: large, JPEG. */
async function photo(page) {
  const base64 = await page.evaluate(async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 3000, height: 2250 });
    const paint = canvas.getContext('2d');
    const ground = paint.createLinearGradient(0, 0, 3000, 2250);
    ground.addColorStop(0, '#e8ecea');
    ground.addColorStop(1, '#8fb8b1');
    paint.fillStyle = ground;
    paint.fillRect(0, 0, 3000, 2250);
    paint.fillStyle = '#0f766e';
    paint.font = '240px sans-serif';
    paint.fillText('已整改（演示照片）', 420, 1200);
    return canvas.toDataURL('image/jpeg', 0.9).split(',')[1];
  });
  return Buffer.from(base64, 'base64');
}
