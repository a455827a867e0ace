import assert from 'node:assert/strict';
import { it } from 'node:test';
import { api, assertAccessible, assertFits, eventually, movingVideos, PHONE, shoot } from '../chromium.js';

/** The rule pack and the zone editor. */
export function rules(world) {
  it('shows every rule with its clause, and says why some are not judged', async () => {
    const { page } = world.people.regulator;
    await page.goto(`${world.district.url}/rules`);
    await page.locator('[data-rule="no_hat"]').waitFor();
    assert.equal(await page.locator('[data-rule]').count(), 16);
    assert.match(await page.locator('[data-rule="smoking"]').innerText(), /停用[\s\S]*不判定：.{6,}/);
    assert.match(await page.locator('[data-rule="no_mask"]').innerText(), /河南[\s\S]*未核验/);
    await assertAccessible(page, 'rules');
    await shoot(page, 'rules', { fullPage: true });
  });

  it('saves an edited rule as a new version and refuses a wrong one with the reason', async () => {
    const { page, errors } = world.people.regulator;
    const before = await api(page, '/api/v1/rules');
    const card = page.locator('[data-rule="no_hat"]');
    await card.getByRole('button', { name: '编辑' }).click();
    const editor = card.locator('[data-rule-editor]');
    const head = editor.locator('input[name="min_head_px"]');
    await head.fill('44');
    await editor.locator('textarea[name="demand"]').fill(' ');
    await editor.locator('button[type="submit"]').click();
    await editor.locator('[role="alert"]').waitFor();
    assert.match(await editor.locator('[role="alert"]').innerText(), /no_hat: demand/);
    await editor.locator('textarea[name="demand"]').fill('请规范佩戴工作帽。');
    await editor.locator('button[type="submit"]').click();
    await eventually('a new version', async () => {
      const now = await api(page, '/api/v1/rules');
      return now.version === before.version + 1 && now.rules[0].min_head_px === 44;
    });
    await eventually('it shows', async () =>
      (await page.locator('[data-pack]').innerText()).includes(`第 ${before.version + 1} 版`),
    );
    assert.deepEqual(errors, []);
  });

  it('registers the work clothes of a canteen and leads to its hours', async () => {
    const { page, errors } = world.people.regulator;
    const card = page.locator('[data-site]');
    await card.locator('[data-hours]').waitFor();
    const canteen = await card.locator('select[name="canteen"]').inputValue();
    await card.locator('[data-action="add-colour"]').click();
    await card.locator('input[type="color"]').first().fill('#e8eef2');
    await card.locator('button[type="submit"]').click();
    await eventually('the colour is kept', async () => {
      const site = await api(page, `/api/v1/canteens/${canteen}/site`);
      return site.clothes.length === 1 && site.clothes[0] === '#e8eef2';
    });
    assert.match(await card.locator('[data-hours]').innerText(), /每天 00:00–24:00/);
    await card.scrollIntoViewIfNeeded();
    await shoot(page, 'rules-site');
    await card.locator('[data-action="hours"]').click();
    await page.locator('[data-form="hours"]').waitFor();
    assert.deepEqual(errors, []);
  });

  it('draws a zone over the live picture, refuses a crossing outline, undoes, saves, and guards unsaved changes', async () => {
    const { page, errors } = world.people.admin;
    const { cameras } = await api(page, '/api/v1/cameras');
    const camera = cameras[0];
    await page.goto(`${world.district.url}/cameras/${camera.id}/zones`);
    await page.locator('[data-corner="4"]').waitFor();
    await eventually('the live picture moves', async () => (await movingVideos(page, '.board')) >= 1, 30_000);
    await page.locator('[data-action="add-zone"]').click();
    const corner = page.locator('[data-corner="1"]');
    const outline = () => page.locator('polygon.chosen').getAttribute('points');
    const fresh = await outline();
    const box = await corner.boundingBox();
    const board = await page.locator('.board').boundingBox();
    const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    await page.mouse.move(middle.x, middle.y);
    await page.mouse.down();
    await page.mouse.move(board.x + board.width * 0.9, board.y + board.height * 0.5, { steps: 6 });
    await page.mouse.up();
    assert.match(await page.locator('[data-fault]').innerText(), /第 \d 条边与第 \d 条边相交/);
    assert.ok(await page.locator('[data-action="save"]').isDisabled());
    await shoot(page, 'zones-crossing');
    await page.locator('[data-action="undo"]').click();
    assert.equal(await outline(), fresh);
    await corner.focus();
    await page.keyboard.press('Shift+ArrowLeft');
    assert.notEqual(await outline(), fresh);
    await page.mouse.click(board.x + board.width * 0.5, board.y + board.height * 0.305);
    await page.locator('[data-corner="5"]').waitFor();
    await page.locator('[data-corner="2"]').focus();
    await page.keyboard.press('Delete');
    await eventually('four corners again', async () => (await page.locator('[data-corner]').count()) === 4);
    page.once('dialog', (dialog) => dialog.dismiss());
    await page.getByRole('link', { name: '返回' }).click();
    assert.match(page.url(), /zones$/);
    await page.locator('select[name="kind"]').selectOption('washing');
    await page.locator('[data-action="save"]').click();
    await eventually('saved', async () => {
      const { zones } = await api(page, `/api/v1/cameras/${camera.id}/zones`);
      return zones.length === 2 && zones.some((zone) => zone.kind === 'washing');
    });
    await assertAccessible(page, 'zones');
    await shoot(page, 'zones');
    assert.deepEqual(errors, []);
  });

  it('takes pictures of a bin with its lid on and off', async () => {
    const { page } = world.people.admin;
    await page.locator('[data-action="add-bin"]').click();
    await page.locator('[data-action="save"]').click();
    const closed = page.locator('[data-take="closed"]');
    await eventually('the bin has its id', async () => closed.isEnabled());
    await closed.click();
    await page.locator('[data-take="open"]').click();
    await eventually('one of each', async () =>
      /已盖 1\/20 · 未盖 1\/20/.test(await page.locator('[data-reference-count]').innerText()),
    );
    await page
      .locator('.references img')
      .first()
      .evaluate((img) => img.decode());
    await page.locator('[data-scene]').waitFor();
    await eventually(
      'the analyzer tells what it sees',
      async () => !/等待分析程序/.test(await page.locator('[data-scene]').innerText()),
      30_000,
    );
    await shoot(page, 'zones-bin');
    await page.setViewportSize(PHONE);
    await assertFits(page, 'zones on a phone');
    await shoot(page, 'zones-phone');
    await page.setViewportSize({ width: 1440, height: 900 });
  });
}
