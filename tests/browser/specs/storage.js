import assert from 'node:assert/strict';
import { it } from 'node:test';
import { api, assertAccessible, assertFits, eventually, shoot } from '../chromium.js';

/** Disks, periods, holds and receipts. */
export function storage(world) {
  it('shows the disk with its share and what lies ahead', async () => {
    const { page } = world.people.admin;
    await page.goto(`${world.district.url}/storage`);
    await page.locator('[data-volume="online"]').waitFor();
    assert.match(await page.locator('[data-volume="online"]').innerText(), /已用 \d+ % · .+ 其中录像/);
    await page.locator('[data-forecast]').waitFor();
    await page.locator('[data-class="held"]').waitFor();
    await page.getByText('还没有删除过录像').waitFor();
    await page.getByText('没有保全', { exact: true }).waitFor();
    assert.equal(await page.locator('[data-act="add-hold"]').count(), 0, 'holds are not the administrator’s');
    await shoot(page, 'storage');
  });

  it('edits the periods of a canteen and names what is wrong with them', async () => {
    const { page } = world.people.admin;
    const { canteens } = await api(page, '/api/v1/canteens');
    await page.locator('[data-act="add-policy"]').click();
    const form = page.locator('[data-form="policy"]');
    await form.locator(`option[value="canteen:${canteens[0].id}"]`).waitFor({ state: 'attached' });
    await form.locator('select[name="place"]').selectOption(`canteen:${canteens[0].id}`);
    await form.locator('input[name="floor_days"]').fill('3');
    await form.locator('input[name="routine_days"]').fill('一个月');
    await form.locator('button[type="submit"]').click();
    await form.getByText('不得少于 7 天').waitFor();
    await form.getByText('请填写整数天数').waitFor();
    await assertAccessible(page, 'dialog of periods');
    await form.locator('input[name="floor_days"]').fill('15');
    await form.locator('input[name="routine_days"]').fill('45');
    await form.locator('button[type="submit"]').click();
    const row = page.locator(`[data-policy="${canteens[0].name}"]`);
    await row.waitFor();
    assert.match(await row.innerText(), /15 天\s+45 天\s+180 天\s+3650 天/);
    await row.getByRole('button').click();
    await page.locator('[data-form="policy"] input[name="routine_days"]').fill('60');
    await page.locator('[data-form="policy"] button[type="submit"]').click();
    await eventually('the new period', async () => (await row.innerText()).includes('60 天'));
  });

  it('places a hold and releases it with a reason', async () => {
    const { page, errors } = world.people.regulator;
    await page.goto(`${world.district.url}/storage`);
    await page.locator('[data-act="add-hold"]').click();
    const form = page.locator('[data-form="hold"]');
    await form.locator('button[type="submit"]').click();
    assert.equal(await form.locator('.wrong').count(), 3, 'canteen, beginning and reason');
    await form.locator('select[name="canteen"] option').nth(1).waitFor({ state: 'attached' });
    await form.locator('select[name="canteen"]').selectOption({ index: 1 });
    await form.locator('input[type="checkbox"]').first().check();
    await form.locator('input[name="from"]').fill('2026-11-01T08:00');
    await form.locator('textarea[name="reason"]').fill('食物中毒调查');
    await assertAccessible(page, 'dialog of a hold');
    await form.locator('button[type="submit"]').click();
    const held = page.locator('[data-hold="in-force"]');
    await held.waitFor();
    assert.match(await held.innerText(), /一直到解除[\s\S]*食物中毒调查/);
    const { holds } = await api(page, '/api/v1/holds');
    assert.equal(holds[0].cameras.length, 1);

    await held.getByRole('button', { name: '解除' }).click();
    const release = page.locator('[data-form="release"]');
    await release.locator('button[type="submit"]').click();
    await release.getByText('请写明理由').waitFor();
    await release.locator('textarea').fill('调查已结束');
    await release.locator('button[type="submit"]').click();
    await page.locator('[data-hold="released"]').waitFor();
    assert.equal(await held.count(), 0);
    await assertAccessible(page, 'storage of a regulator');
    await page.setViewportSize({ width: 390, height: 844 });
    await assertFits(page, 'storage on a phone');
    await page.setViewportSize({ width: 1440, height: 900 });
    assert.deepEqual(errors, []);
  });
}
