import assert from 'node:assert/strict';
import { it } from 'node:test';
import {
  api,
  assertAccessible,
  assertFits,
  DESK,
  eventually,
  movingVideos,
  PARENT,
  person,
  shoot,
} from '../chromium.js';

/** How soon a parent who watches is sent away. */
const AT_ONCE_MS = 5_000;

/** Approving that a camera is public: the canteen on its phone, the authority at its desk, a parent who watches. */
export function publication(world) {
  const pageOf = (page) => page.locator('[data-public]');
  let camera;
  let code;
  let parent;

  const open = async (role) => {
    const { page } = world.people[role];
    await page.goto(`${world.district.url}/publication/${camera.id}`);
    await pageOf(page).waitFor();
    return page;
  };
  const tile = () => parent.page.locator('figure.tile', { hasText: camera.name });
  /** Opens the page as a parent who comes now, and goes down to the camera: pictures out of view rest. */
  const isShown = async () => {
    await parent.page.goto(`${world.district.url}/p/${code}`);
    await tile().scrollIntoViewIfNeeded({ timeout: 30_000 });
    await eventually(
      'its picture moves',
      async () =>
        (await tile().getAttribute('data-state')) === 'live' && (await movingVideos(parent.page, 'main')) >= 1,
      60_000,
    );
  };
  /** The picture is covered, or its tile is gone with the next look at the page's facts. */
  const isGone = () =>
    eventually(
      'the parent no longer sees it',
      async () => (await tile().count()) === 0 || (await tile().getAttribute('data-state')) === 'refused',
      AT_ONCE_MS,
      100,
    );

  it('puts a new picture up, which voids the approvals of the old one', async (t) => {
    if (!world.isJudging) return t.skip('without models there are no public pictures');
    const { page, errors } = world.people.manager;
    const { cameras } = await api(page, '/api/v1/cameras');
    camera = cameras.find(({ zone }) => zone === 'cooking');
    const { canteens } = await api(world.people.regulator.page, '/api/v1/canteens');
    code = canteens.find(({ id }) => id === camera.canteen_id).code;
    parent = await person(world.browser, PARENT);
    await open('manager');
    await eventually('it is public', async () => (await pageOf(page).innerText()) === '现在对外公开', 60_000);
    await isShown();
    await page.locator('[data-action="put-up"]').click();
    await page.locator('[data-action="sure"]').click();
    await eventually('it is not public', async () => (await pageOf(page).innerText()) === '现在不公开');
    assert.match(await page.locator('[data-why]').innerText(), /还缺一方的同意/);
    await isGone();
    await page.locator('section[aria-labelledby="still"] img').evaluate((img) => img.decode());
    await assertFits(page, 'approval page of the canteen');
    await assertAccessible(page, 'approval page of the canteen');
    await shoot(page, 'publication-phone', { fullPage: true });
    assert.deepEqual(errors, []);
  });

  it('is public when both sides have approved the same picture, and parents see it', async (t) => {
    if (!world.isJudging) return t.skip('without models there are no public pictures');
    const manager = await open('manager');
    await manager.locator('[data-action="approve"]').click();
    await manager.locator('[data-side="school"] .good').waitFor();
    assert.equal(await pageOf(manager).innerText(), '现在不公开');
    const regulator = await open('regulator');
    assert.equal(await regulator.locator('[data-side="regulator"] .shut').count(), 1);
    assert.equal(await regulator.locator('[data-action="enter"]').count(), 0, 'the authority enters no facts');
    await regulator.locator('[data-action="approve"]').click();
    await eventually('it is public', async () => (await pageOf(regulator).innerText()) === '现在对外公开');
    await regulator.setViewportSize(DESK);
    await shoot(regulator, 'publication-desk', { fullPage: true });
    await isShown();
    await shoot(parent.page, 'parent-approved');
  });

  it('is gone at once when a side withdraws', async (t) => {
    if (!world.isJudging) return t.skip('without models there are no public pictures');
    const regulator = await open('regulator');
    await regulator.locator('[data-action="withdraw"]').click();
    await regulator.locator('[data-action="sure"]').click();
    await isGone();
    await shoot(parent.page, 'parent-withdrawn');
    await regulator.locator('[data-action="approve"]').click();
    await eventually('it is public again', async () => (await pageOf(regulator).innerText()) === '现在对外公开');
    await isShown();
  });

  it('covers the picture within two seconds when the whole server stands still, until it goes on', async (t) => {
    if (!world.isJudging) return t.skip('without models there are no public pictures');
    const guard = tile().locator('[data-guard]');
    await isShown();
    try {
      world.district.signal('SIGSTOP');
      await eventually('the picture is covered', async () => (await guard.count()) === 1, 2_000, 50);
      await shoot(parent.page, 'parent-guarded');
    } finally {
      world.district.signal('SIGCONT');
    }
    await eventually('the picture is back', async () => (await guard.count()) === 0);
    await isShown();
  });

  it('is gone at once when the canteen says that its sign is gone, and says what is missing and where', async (t) => {
    if (!world.isJudging) return t.skip('without models there are no public pictures');
    const manager = await open('manager');
    const sign = manager.locator('[data-fact="signage"]');
    await sign.locator('[data-action="withdraw-fact"]').click();
    await isGone();
    await eventually('the page says why', async () =>
      /显著提示标识.*公开前须办事项/.test(await manager.locator('[data-why]').innerText()),
    );
    await sign.locator('[data-action="enter"]').click();
    await assertFits(manager, 'form of a fact');
    await shoot(manager, 'publication-fact', { fullPage: true });
    await sign.locator('input[name="note"]').fill('后厨入口');
    await sign.locator('button[type="submit"]').click();
    await eventually('it is public again', async () => (await pageOf(manager).innerText()) === '现在对外公开');
    assert.match(await sign.innerText(), /后厨入口/);
    await isShown();
    assert.deepEqual(parent.errors, []);
    await parent.context.close();
  });
}
