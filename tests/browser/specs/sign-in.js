import assert from 'node:assert/strict';
import { it } from 'node:test';
import { DESK, PHONE, person, shoot } from '../chromium.js';

/** Every role comes in by its link; a link works once. */
export function signIn(world) {
  it('signs each role in by its link', async () => {
    for (const [role, size] of [
      ['regulator', DESK],
      ['manager', PHONE],
      ['admin', DESK],
    ]) {
      const someone = await person(world.browser, size);
      await someone.page.goto(world.district.linkOf(role));
      await someone.page.locator('[data-action="sign-out"]').waitFor();
      assert.equal(new URL(someone.page.url()).pathname, '/');
      world.people[role] = someone;
    }
  });

  it('says that a used link no longer works, and what to do', async () => {
    const { context, page } = await person(world.browser, DESK);
    await page.goto(world.district.linkOf('regulator'));
    await page.getByText('登录链接已失效').waitFor();
    await shoot(page, 'sign-in');
    await context.close();
  });

  it('refuses a wrong password with a sentence and shows nothing before signing in', async () => {
    const { context, page } = await person(world.browser, DESK);
    await page.goto(`${world.district.url}/review`);
    await page.locator('input[name="login"]').fill('nobody');
    await page.locator('input[name="password"]').fill('not the password');
    await page.locator('button[type="submit"]').click();
    await page.getByText('账号或密码不正确').waitFor();
    assert.equal(await page.locator('[data-list="violations"]').count(), 0);
    await context.close();
  });

  it('marks the demonstration as synthetic', async () => {
    await world.people.regulator.page.locator('[data-banner="synthetic"]').waitFor();
  });
}
