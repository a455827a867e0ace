import assert from 'node:assert/strict';
import { it } from 'node:test';
import { api, assertAccessible, assertFits, eventually, movingVideos, PARENT, person, shoot } from '../chromium.js';

/** How many public pictures show a kitchen: a card is dark all over. */
const kitchens = (page) =>
  page.evaluate(() => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [16, 9];
    const pen = canvas.getContext('2d', { willReadFrequently: true });
    const brightness = (video) => {
      pen.drawImage(video, 0, 0, 16, 9);
      const { data } = pen.getImageData(0, 0, 16, 9);
      return data.reduce((sum, value, i) => (i % 4 === 1 ? sum + value : sum), 0) / 144;
    };
    return [...document.querySelectorAll('main video')].filter((video) => brightness(video) > 80).length;
  });

/** What everybody sees on a phone, without signing in. */
export function parents(world) {
  it('plays on a 390 px screen without signing in, and says that the footage is synthetic', async () => {
    const { canteens } = await api(world.people.regulator.page, '/api/v1/canteens');
    const { context, page, errors } = await person(world.browser, PARENT);
    await page.goto(`${world.district.url}/p/${canteens[0].code}`);
    await page.getByText('画面为合成演示').waitFor();
    if (world.isJudging) {
      await page.getByText('今天 全天 可看').waitFor({ timeout: 60_000 });
      await eventually('a public picture moves', async () => (await movingVideos(page, 'main')) >= 1, 60_000);
      await eventually('a kitchen is seen', async () => (await kitchens(page)) >= 1, 60_000);
    } else {
      // without models nobody can be hidden, so nothing is shown
      await page.getByText('系统现在无法遮挡画面中的人').waitFor();
      assert.equal(await page.locator('video').count(), 0);
    }
    await page.getByText('本周记录').waitFor();
    await assertFits(page, 'parent page');
    await shoot(page, 'parent', { forReadme: true });
    await shoot(page, 'parent-whole', { fullPage: true });
    await assertAccessible(page, 'parent page');
    assert.deepEqual(errors, []);
    await context.close();
  });

  it('tells parents of the closed violation and that it was put right, without a picture of people', async (t) => {
    if (!world.closedIn) return t.skip('nothing is judged');
    const { context, page } = await person(world.browser, PARENT);
    await page.goto(`${world.district.url}/p/${world.closedIn.code}`);
    const record = page.locator('section[aria-labelledby="week"]');
    await record.locator('[data-status="closed"]').first().waitFor();
    assert.match(await record.locator('.sentence').innerText(), /本周发现 \d+ 次/);
    assert.equal(await record.locator('img').count(), 0);
    await record.scrollIntoViewIfNeeded();
    await shoot(page, 'parent-week', { forReadme: true });
    await context.close();
  });

  it('never says "nothing found" without the share that was judged', async () => {
    const { canteens } = await api(world.people.regulator.page, '/api/v1/canteens');
    const { context, page } = await person(world.browser, PARENT);
    for (const { code } of canteens) {
      await page.goto(`${world.district.url}/p/${code}`);
      const sentence = await page.locator('.sentence').innerText();
      assert.match(sentence, world.isJudging ? /可判断时段 \d+ %|没有可判断的画面/ : /没有可判断的画面/);
    }
    await context.close();
  });

  it('helps whoever opens an address that does not exist', async () => {
    const { context, page } = await person(world.browser, PARENT);
    await page.goto(`${world.district.url}/p/ZZZZZZZZ`);
    await page.getByText('没有找到这个食堂').waitFor();
    await context.close();
  });
}
