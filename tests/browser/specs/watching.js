import assert from 'node:assert/strict';
import { it } from 'node:test';
import { api, eventually, movingVideos, shoot } from '../chromium.js';

/** Live pictures on the wall and on a canteen's page. */
export function watching(world) {
  it('plays 8 cameras on the wall', async () => {
    const { page, errors } = world.people.regulator;
    await page.goto(`${world.district.url}/wall`);
    await eventually('8 pictures move', async () => (await movingVideos(page, '[data-wall]')) === 8, 30_000);
    assert.equal(await page.locator('[data-wall] [data-state="live"]').count(), 8);
    await shoot(page, 'wall', { forReadme: true });
    assert.deepEqual(errors, []);
  });

  it('opens one camera large in its main stream and comes back with Escape', async () => {
    const { page } = world.people.regulator;
    await page.locator('[data-wall] .cover').first().click();
    await eventually('the large picture moves', async () => (await movingVideos(page, '[data-wall]')) === 1);
    await page.keyboard.press('Escape');
    await eventually('the wall is back', async () => (await page.locator('[data-wall] video').count()) === 8);
  });

  it('shows the canteens with their cameras online', async () => {
    const { page } = world.people.regulator;
    const { canteens } = await api(page, '/api/v1/canteens');
    assert.equal(canteens.length, 3);
    await page.goto(`${world.district.url}/canteens/${canteens[0].id}`);
    await eventually('its pictures move', async () => (await movingVideos(page, '#main')) === canteens[0].cameras);
    await page.locator('.qr img').evaluate((img) => img.decode());
    await shoot(page, 'canteen');
  });
}
