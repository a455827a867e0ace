import { it } from 'node:test';
import { api, assertAccessible, assertFits, PARENT, person, shoot } from '../chromium.js';

/** Nothing serious in axe, nothing wider than the screen, on every page. */
export function accessibility(world) {
  it('has no serious finding on any page of the console', async () => {
    const { page } = world.people.regulator;
    const { canteens } = await api(page, '/api/v1/canteens');
    for (const path of [
      '/',
      '/review',
      '/wall',
      '/canteens',
      `/canteens/${canteens[0].id}`,
      '/notices',
      '/audit',
      '/password',
    ]) {
      await page.goto(world.district.url + path);
      await page.locator('h1').first().waitFor();
      await page.waitForLoadState('networkidle', { timeout: 3_000 }).catch(() => undefined);
      await assertAccessible(page, `regulator ${path}`);
      if (path === '/') await shoot(page, 'today', { forReadme: true });
    }
    for (const path of ['/', '/cameras/new', '/people', '/storage', '/system']) {
      await world.people.admin.page.goto(world.district.url + path);
      await world.people.admin.page.locator('h1').first().waitFor();
      await assertAccessible(world.people.admin.page, `admin ${path}`);
    }
  });

  it('fits a 360 px phone for the manager', async () => {
    const { page } = world.people.manager;
    for (const path of ['/', '/cameras']) {
      await page.goto(world.district.url + path);
      await page.locator('h1').first().waitFor();
      await assertFits(page, `manager ${path}`);
      await assertAccessible(page, `manager ${path}`);
    }
    await shoot(page, 'manager-cameras');
  });

  it('signs in on a phone', async () => {
    const { context, page } = await person(world.browser, PARENT);
    await page.goto(`${world.district.url}/sign-in`);
    await page.locator('h1').waitFor();
    await assertFits(page, 'sign-in');
    await assertAccessible(page, 'sign-in');
    await context.close();
  });

  it('speaks English all through', async () => {
    const { page } = world.people.regulator;
    await page.goto(`${world.district.url}/`);
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Today', exact: true }).waitFor();
    await shoot(page, 'today-en');
    await page.getByRole('button', { name: '中文' }).click();
  });
}
