// A crowd behind nginx and Varnish, configured as in deploy/: what reaches the server, and who is let through.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'node:test';
import { eventually } from './chromium.js';
import { startKitchen } from './kitchen.js';
import { startNarrowProxy } from './narrow_proxy.js';

const WAIT_MS = 60_000;
const VIEWERS = 500;
/** Parts that each viewer follows the playlist for. */
const PARTS = 4;
const deploy = join(dirname(fileURLToPath(import.meta.url)), '../../deploy');

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a program that stays; what it says is in the failure. */
function start(program, args) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = [];
  child.stdout.on('data', (data) => said.push(String(data)));
  child.stderr.on('data', (data) => said.push(String(data)));
  child.on('error', (error) => said.push(`${program} is needed (scripts/setup test installs it): ${error.message}`));
  const ended = new Promise((resolve) => child.on('close', resolve));
  return {
    said,
    isOver: () => child.exitCode !== null || child.pid === undefined,
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 8_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

describe('a crowd behind nginx and Varnish', { concurrency: false, timeout: 300_000 }, () => {
  const stops = [];
  let kitchen;
  let origin;
  let front;
  let cookie;
  let cameras;

  /** Asks like a viewer: one connection, one question after another. */
  const ask = (url, { agent, headers = {} } = {}) =>
    new Promise((resolve, reject) => {
      get(url, { agent, headers }, (answer) => {
        const chunks = [];
        answer.on('data', (chunk) => chunks.push(chunk));
        answer.on('end', () => resolve({ status: answer.statusCode, body: Buffer.concat(chunks) }));
        answer.on('error', reject);
      }).on('error', reject);
    });
  const call = async (method, path, body) => {
    const init = body
      ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json', cookie } }
      : { headers: { cookie } };
    const response = await fetch(kitchen.url + path, { method, redirect: 'manual', ...init });
    const set = response.headers.getSetCookie().map((line) => line.split(';')[0]);
    if (set.length > 0) cookie = set.join('; ');
    const text = await response.text();
    assert.ok(response.status < 400, `${method} ${path}: ${response.status} ${text}`);
    return text.startsWith('{') ? JSON.parse(text) : undefined;
  };
  const playlistOf = async (camera) =>
    front + (await call('GET', `/api/v1/cameras/${camera.id}/live-address`)).playlist;
  /** Requests that reached the server, by what they asked for, without the ticket. */
  const reached = () => {
    const counts = new Map();
    for (const url of origin.asked) {
      const what = url.replace(/^\/live\/[^/]+\//, '');
      counts.set(what, (counts.get(what) ?? 0) + 1);
    }
    return counts;
  };

  before(async () => {
    kitchen = await startKitchen();
    origin = await startNarrowProxy(kitchen.url);
    cookie = '';
    const link = new URL(kitchen.linkOf('admin'));
    await call('GET', link.pathname + link.search);
    await call('POST', '/api/v1/session/password', { password: 'admin-of-the-kitchen' });
    const { canteens } = await call('GET', '/api/v1/canteens');
    for (const camera of kitchen.cameras.slice(0, 2))
      await call('POST', '/api/v1/cameras', { canteen_id: canteens[0].id, ...camera });
    cameras = (await call('GET', '/api/v1/cameras')).cameras;

    const folder = await mkdtemp(join(tmpdir(), 'mingchu-crowd-'));
    stops.push(() => rm(folder, { recursive: true, force: true }));
    const [nginxPort, varnishPort] = [await freePort(), await freePort()];
    const originPort = new URL(origin.url).port;
    const vcl = (await readFile(join(deploy, 'varnish.vcl'), 'utf8')).replace('"8080"', `"${originPort}"`);
    await writeFile(join(folder, 'varnish.vcl'), vcl);
    const conf = (await readFile(join(deploy, 'nginx.conf'), 'utf8'))
      .replace('127.0.0.1:8080', `127.0.0.1:${originPort}`)
      .replace('127.0.0.1:6081', `127.0.0.1:${varnishPort}`)
      .replace('listen 80;', `listen 127.0.0.1:${nginxPort};`)
      .replace('worker_rlimit_nofile 65536;', process.getuid() === 0 ? 'daemon off; user root;' : 'daemon off;')
      .replace('worker_connections 16384', 'worker_connections 4096')
      .replace('/run/nginx.pid', `${folder}/nginx.pid`)
      .replace('/var/log/nginx/error.log', `${folder}/error.log`)
      .replace('/var/cache/nginx/mingchu-tickets', `${folder}/tickets`)
      .replace(
        'access_log off;',
        ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
          .map((what) => `${what}_temp_path ${folder}/${what};`)
          .join('\n') + '\naccess_log off;',
      );
    await writeFile(join(folder, 'nginx.conf'), conf);
    const varnish = ['-F', '-n', join(folder, 'varnish'), '-a', `127.0.0.1:${varnishPort}`, '-T', 'none'];
    const programs = [
      start('varnishd', [...varnish, '-f', join(folder, 'varnish.vcl'), '-s', 'malloc,64m', '-j', 'none']),
      start('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', `${folder}/error.log`]),
    ];
    programs.forEach((program) => stops.push(program.stop));
    front = `http://127.0.0.1:${nginxPort}`;
    const said = () => programs.flatMap((program) => program.said).join('');
    for (const camera of cameras)
      await eventually(
        `${camera.name} through nginx and Varnish`,
        async () => {
          assert.ok(!programs.some((program) => program.isOver()), said());
          const { status, body } = await ask(await playlistOf(camera));
          if (status !== 200) throw new Error(`${status} ${body} ${said()}`);
          return true;
        },
        WAIT_MS,
      );
  });
  after(async () => {
    for (const stop of stops.reverse()) await stop();
    await origin?.stop();
    await kitchen?.stop();
  });

  it(`asks the server at most twice for anything that ${VIEWERS} viewers follow`, async () => {
    const url = await playlistOf(cameras[0]);
    origin.asked.length = 0;
    let pieces = 0;
    const view = async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      let query = '';
      for (let i = 0; i < PARTS; i += 1) {
        const list = await ask(url + query, { agent });
        assert.equal(list.status, 200, `${query}: ${list.body}`);
        const newest = [...String(list.body).matchAll(/#EXT-X-PART:.*URI="(part-[^"]+)"/g)].at(-1)[1];
        const part = await ask(url.replace('index.m3u8', newest), { agent });
        assert.equal(part.status, 200, `${newest}: ${part.body}`);
        assert.equal(part.body.toString('latin1', 4, 8), 'moof');
        pieces += 1;
        const [, number, next] = /PRELOAD-HINT:TYPE=PART,URI="part-(\d+)-(\d+)/.exec(String(list.body));
        query = `?_HLS_msn=${number}&_HLS_part=${next}`;
      }
      agent.destroy();
    };
    await Promise.all(Array.from({ length: VIEWERS }, view));
    assert.equal(pieces, VIEWERS * PARTS);
    const counts = reached();
    const often = [...counts].filter(([what, count]) => count > 2 && !/index\.m3u8$/.test(what));
    assert.deepEqual(often, []);
    // the plain list is new each second, and busy viewers come over several seconds
    const asked = [...counts.values()].reduce((sum, count) => sum + count, 0);
    assert.ok(asked < (VIEWERS * PARTS) / 10, `${asked} requests reached the server: ${JSON.stringify([...counts])}`);
  });

  it('lets a forged, foreign or missing ticket through neither nginx nor Varnish', async () => {
    const [one, other] = [await playlistOf(cameras[0]), await playlistOf(cameras[1])];
    const ticketOf = (url) => /\/live\/([^/]+)\//.exec(url)[1];
    assert.equal((await ask(one)).status, 200);
    const bad = [
      one.replace(ticketOf(one), ticketOf(other)),
      one.replace(ticketOf(one), `x${ticketOf(one).slice(1)}`),
      one.replace('/staff/', '/public/'),
    ];
    for (const url of bad) assert.equal((await ask(url)).status, 403, url);
    for (const url of [`${front}/live-ticket`, one.replace(`${ticketOf(one)}/`, '')])
      assert.ok([403, 404].includes((await ask(url)).status), url);
  });

  it('keeps a piece under its name, whatever else the address says', async () => {
    const url = await playlistOf(cameras[0]);
    const list = String((await ask(url)).body);
    const piece = url.replace('index.m3u8', /URI="(part-[^"]+)"/.exec(list)[1]);
    origin.asked.length = 0;
    const answers = await Promise.all(
      [...'abcdefghij'].map((word) => ask(`${piece}?bust=${word}`, { headers: { cookie: `a=${word}` } })),
    );
    assert.ok(answers.every(({ status, body }) => status === 200 && body.equals(answers[0].body)));
    assert.ok(origin.asked.length <= 2, JSON.stringify(origin.asked));
  });
});
