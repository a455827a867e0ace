import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { it } from 'node:test';
import { eventually, movingVideos, shoot } from '../chromium.js';

/** A port of this machine where nobody listens. */
async function deadPort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Cameras, people and the state of the system. */
export function administration(world) {
  it('lists the cameras with their state', async () => {
    const { page } = world.people.admin;
    await page.goto(`${world.district.url}/`);
    await eventually(
      '8 cameras are well',
      async () => (await page.locator('[data-camera-state="normal"]').count()) === 8,
    );
    await shoot(page, 'cameras');
  });

  it('names what is wrong with a camera before it is saved', async () => {
    const { page } = world.people.admin;
    await page.goto(`${world.district.url}/cameras/new`);
    await page.locator('button[type="submit"]').click();
    assert.equal(await page.locator('.field .wrong').count(), 4);
    await page.locator('input[name="main_url"]').fill('http://127.0.0.1/picture');
    await page.locator('[data-probe="main"]').click();
    await page.getByText('请填写以 rtsp:// 开头的地址').waitFor();
    await page.locator('input[name="main_url"]').fill(`rtsp://127.0.0.1:${await deadPort()}/main`);
    await page.locator('[data-probe="main"]').click();
    await page.locator('[data-probe-result="bad"]').waitFor({ timeout: 20_000 });
    assert.match(await page.locator('[data-probe-result="bad"]').innerText(), /无法连接：.{2,}/);
    await shoot(page, 'new-camera');
  });

  it('shows a camera that nobody answers for as offline, since when and why, and removes it by name', async () => {
    const { page } = world.people.admin;
    const name = '没有接线的摄像头';
    await page.locator('select[name="canteen_id"]').selectOption({ index: 1 });
    await page.locator('select[name="zone"]').selectOption('rough');
    await page.locator('input[name="name"]').fill(name);
    await page.locator('button[type="submit"]').click();
    const row = page.locator('tbody tr', { hasText: name });
    await row.locator('[data-camera-state="offline"]').waitFor({ timeout: 20_000 });
    assert.match(await row.innerText(), /\d\d:\d\d:\d\d 起 · 网络中断/);
    const wall = world.people.regulator.page;
    await wall.goto(`${world.district.url}/wall`);
    const tile = wall.locator('[data-wall] figure[data-state="offline"]');
    await tile.waitFor();
    assert.match(await tile.innerText(), /\d\d:\d\d:\d\d 起离线\s+网络中断/);
    await eventually('the others play on', async () => (await movingVideos(wall, '[data-wall]')) >= 8);
    await shoot(wall, 'wall-offline', { forReadme: true });
    await row.getByRole('button', { name: '删除' }).click();
    await page.getByText(`删除摄像头“${name}”？`).waitFor();
    await page.locator('.el-message-box__btns .el-button--primary').click();
    await eventually('it is gone', async () => (await row.count()) === 0);
  });

  it('shows people and the system', async () => {
    const { page, errors } = world.people.admin;
    await page.goto(`${world.district.url}/people`);
    await page.getByText('监管人员').first().waitFor();
    await page.goto(`${world.district.url}/system`);
    await page.getByText('SQLite').waitFor();
    await shoot(page, 'system');
    assert.deepEqual(errors, []);
  });
}
