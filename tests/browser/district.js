// Starts the real binary on an empty folder and stops it: `mingchu demo --json --port 0 --dir TMP`.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const START_MS = 30_000;
const STOP_MS = 5_000;

/** Returns the first JSON line of the program, or fails with what it said instead. */
function firstJsonLine(program) {
  return new Promise((resolve, reject) => {
    const said = [];
    const timer = setTimeout(
      () => reject(new Error(`no JSON line within ${START_MS} ms:\n${said.join('\n')}`)),
      START_MS,
    );
    createInterface({ input: program.stdout }).on('line', (line) => {
      said.push(line);
      if (!line.startsWith('{')) return;
      clearTimeout(timer);
      resolve(JSON.parse(line));
    });
    createInterface({ input: program.stderr }).on('line', (line) => said.push(line));
    program.on('error', reject);
    program.on('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`mingchu ended with ${code}:\n${said.slice(-40).join('\n')}`));
    });
  });
}

export async function startDistrict() {
  const binary = process.env.MINGCHU_BIN;
  if (!binary) throw new Error('MINGCHU_BIN must name the mingchu program');
  const folder = await mkdtemp(join(tmpdir(), 'mingchu-browser-'));
  const models = process.env.MINGCHU_TEST_MODELS;
  const args = [
    'demo',
    '--json',
    '--port',
    '0',
    '--dir',
    folder,
    ...(models && models !== '1' ? ['--models', models] : []),
  ];
  const startedAt = Date.now();
  const program = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const log = [];
  createInterface({ input: program.stderr }).on('line', (line) => log.push(line));
  const ended = new Promise((resolve) => program.on('exit', (code, signal) => resolve({ code, signal })));
  try {
    const { url, accounts } = await firstJsonLine(program);
    return {
      url: url.replace(/\/$/, ''),
      startedAt,
      log,
      signal: (name) => program.kill(name),
      linkOf: (role) => accounts.find((account) => account.role === role)?.sign_in_url,
      async stop() {
        const askedAt = Date.now();
        program.kill('SIGINT');
        const timer = setTimeout(() => program.kill('SIGKILL'), STOP_MS);
        const end = await ended;
        clearTimeout(timer);
        await rm(folder, { recursive: true, force: true });
        return { ...end, tookMs: Date.now() - askedAt };
      },
    };
  } catch (cause) {
    program.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
    throw cause;
  }
}
