// A canteen with real parts and short archive files: `mingchu sim` with its fault switches, and `mingchu run`.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const START_MS = 60_000;
const STOP_MS = 8_000;
const clips = join(dirname(fileURLToPath(import.meta.url)), '../footage/clips');
const run = promisify(execFile);
const CLIPS = ['cooking_no_hat', 'serving_no_mask', 'bin_open', 'serving_compliant_h265'];
const ZONES = ['cooking', 'serving', 'washing', 'special'];
const NAMES = ['烹饪间 1号', '备餐间 2号', '清洗间 3号', '专间 4号（H.265）'];

/** Starts a program and resolves with the first match of each pattern in what it says. */
function start(binary, args, patterns) {
  const program = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = [];
  const ended = new Promise((resolve) => program.on('exit', (code, signal) => resolve({ code, signal })));
  const found = new Promise((resolve, reject) => {
    const matches = patterns.map(() => undefined);
    const fail = (why) => reject(new Error(`${args[0]} ${why}:\n${said.slice(-30).join('\n')}`));
    const timer = setTimeout(() => fail(`said nothing of use within ${START_MS} ms`), START_MS);
    const read = (line) => {
      said.push(line);
      patterns.forEach((pattern, i) => (matches[i] ??= line.match(pattern)?.[1]));
      if (matches.some((match) => match === undefined)) return;
      clearTimeout(timer);
      resolve(matches);
    };
    createInterface({ input: program.stdout }).on('line', read);
    createInterface({ input: program.stderr }).on('line', read);
    program.on('error', reject);
    void ended.then(({ code, signal }) => {
      clearTimeout(timer);
      fail(`ended with ${code ?? signal}`);
    });
  });
  const stop = async () => {
    program.kill('SIGINT');
    const timer = setTimeout(() => program.kill('SIGKILL'), STOP_MS);
    const end = await ended;
    clearTimeout(timer);
    return end;
  };
  return { found, stop, said };
}

/** Sends one line to the simulator's control port and returns its answer. */
function control(address, line) {
  const at = address.lastIndexOf(':');
  return new Promise((resolve, reject) => {
    const socket = connect(Number(address.slice(at + 1)), address.slice(0, at), () => socket.write(`${line}\n`));
    socket.setEncoding('utf8');
    socket.once('data', (answer) => {
      socket.end();
      if (answer.startsWith('ok')) resolve(answer);
      else reject(new Error(`${line}: ${answer}`));
    });
    socket.on('error', reject);
  });
}

const KITCHEN = CLIPS.map((clip, i) => ({ clip, name: NAMES[i], zone: ZONES[i] }));

/**
 * A camera for each entry, with a small stream where `hasSub` says so; four by default, the last one H.265. Archive files
 * of two seconds; nothing is judged. `gateway`: more settings of the gateway.
 */
export async function startKitchen({ cameras = KITCHEN, gateway = '' } = {}) {
  const binary = process.env.MINGCHU_BIN;
  if (!binary) throw new Error('MINGCHU_BIN must name the mingchu program');
  const folder = await mkdtemp(join(tmpdir(), 'mingchu-kitchen-'));
  const config = join(folder, 'mingchu.toml');
  await writeFile(
    config,
    `[store]\ndatabase = "sqlite:${folder}/mingchu.db"\nobjects = "${folder}/objects"\nkey_file = "${folder}/secret.key"\n` +
      `[gateway]\ndata = "${folder}/archive"\nsegment = "2s"\nidle_timeout = "1s"\nretry_min = "100ms"\nretry_max = "1s"\n${gateway}\n` +
      '[analyzer]\nis_enabled = false\n[metrics]\nbind = ""\n[web]\nbind = "127.0.0.1:0"\n',
  );
  const ask = async (...args) => (await run(binary, [...args, '--config', config])).stdout.trim().split('\n')[0];
  const stops = [];
  const stop = async () => {
    const ends = [];
    for (const end of stops.reverse()) ends.push(await end());
    await rm(folder, { recursive: true, force: true });
    return ends;
  };
  try {
    const sim = start(
      binary,
      [
        'sim',
        '--clip',
        ...cameras.map(({ clip }) => join(clips, `${clip}.mp4`)),
        '--cameras',
        `${cameras.length}`,
      ].concat(['--bind', '127.0.0.1:0', '--control', '127.0.0.1:0']),
      [/rtsp:\/\/([\d.:]+)\/cam/, /control port ([\d.:]+)/],
    );
    stops.push(sim.stop);
    const [rtsp, switches] = await sim.found;
    const place = ['--name', '第一小学食堂', '--school', '第一小学', '--area', '示范县'];
    const code = await ask('canteen', 'add', ...place);
    const person = (login, office, role, ...where) =>
      ask('user', 'add', '--login', login, '--office', office, '--role', role, ...where);
    const links = {
      admin: await person('admin', '信息中心', 'admin'),
      regulator: await person('inspector', '县市场监管局城关所', 'regulator', '--area', '示范县'),
      manager: await person('kitchen', '第一小学食堂', 'manager', '--canteen', code),
    };
    const main = start(binary, ['run', '--config', config], [/pages are served at (http:\/\/[\d.:]+)/]);
    stops.push(main.stop);
    const [url] = await main.found;
    return {
      url,
      stop,
      said: main.said,
      /** The link is good for the port that was free. */
      linkOf: (role) => url + new URL(links[role]).pathname + new URL(links[role]).search,
      fault: (line) => control(switches, `fault ${line}`),
      cameras: cameras.map(({ name, zone, hasSub }, i) => ({
        name,
        zone,
        main_url: `rtsp://${rtsp}/cam/${i + 1}/main`,
        ...(hasSub && { sub_url: `rtsp://${rtsp}/cam/${i + 1}/sub` }),
      })),
    };
  } catch (cause) {
    await stop();
    throw cause;
  }
}
