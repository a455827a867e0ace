import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, mkdtempSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { WebSocketServer } from 'ws';
import type { Notice, NoticeDetail, Role } from '../src/api/types';
import * as data from './data.ts';
import { sendLive } from './live.ts';

/** Answers the API from invented data under `vite` (dev only). `MINGCHU_DEV_CLIP` names a clip to play and to cut pictures from. */
export function fixtureServer(): Plugin {
  return {
    name: 'mingchu-fixtures',
    apply: 'serve',
    configureServer(server) {
      if (process.env.VITEST !== undefined) return;
      const clip = process.env.MINGCHU_DEV_CLIP;
      const sockets = new WebSocketServer({ noServer: true });
      server.httpServer?.on('upgrade', (request, socket, head) => {
        if (!request.url?.startsWith('/api/v1/')) return;
        sockets.handleUpgrade(request, socket, head, (viewer) => {
          if (request.url?.includes('/k5/'))
            viewer.send(
              JSON.stringify({
                type: 'lost',
                cause: 'wrong_password',
                detail: 'camera refuses the password',
                since: data.cameras[5]?.main?.since,
              }),
            );
          else sendLive(viewer, clip);
        });
      });
      server.middlewares.use((request, response, next) => {
        const url = new URL(request.url ?? '/', 'http://dev');
        if (url.pathname.startsWith('/p/')) request.url = '/parent.html';
        if (url.pathname.startsWith('/dev/')) picture(url.pathname, response, clip);
        else if (url.pathname.startsWith('/sign-in/')) signIn(url.pathname.split('/')[2] as Role, response);
        else if (url.pathname.startsWith('/api/v1/')) void api(url, request, response);
        else next();
      });
    },
  };
}

const folder = mkdtempSync(join(tmpdir(), 'mingchu-dev-'));
function picture(path: string, response: ServerResponse, clip: string | undefined): void {
  const file = join(folder, path.endsWith('.mp4') ? 'clip.mp4' : 'picture.jpg');
  if (!existsSync(file)) {
    const input = clip ? ['-ss', '3', '-i', clip] : ['-f', 'lavfi', '-i', 'testsrc2=size=960x540:rate=10'];
    const output = path.endsWith('.mp4')
      ? ['-t', '6', '-pix_fmt', 'yuv420p', '-movflags', 'faststart']
      : ['-frames:v', '1'];
    execFileSync('ffmpeg', ['-v', 'error', ...input, ...output, '-y', file]);
  }
  response.setHeader('content-type', path.endsWith('.mp4') ? 'video/mp4' : 'image/jpeg');
  response.end(readFileSync(file));
}

let role: Role | undefined;
function signIn(as: Role, response: ServerResponse): void {
  role = as;
  response.writeHead(303, { location: '/' }).end();
}
const summary = (notice: NoticeDetail): Notice => notice;
const mine = <T extends { canteen: { id: string } }>(rows: T[]) =>
  role === 'manager' ? rows.filter((row) => row.canteen.id === 'c1') : rows;

async function api(url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const send = (value: unknown, status = 200) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  const refuse = (status: number, code: string, message = '') => send({ error: { code, message } }, status);
  const [what, id, act] = url.pathname.replace('/api/v1/', '').split('/');
  const violation = data.violations.find((row) => row.id === id);
  const notice = data.notices.find((row) => row.id === id);
  switch (`${request.method} ${what}`) {
    case 'GET session':
      return void (role ? send(data.me(role)) : refuse(401, 'signed_out'));
    case 'POST session':
      return void refuse(401, 'wrong_password');
    case 'DELETE session':
      role = undefined;
      return void send({});
    case 'GET system':
      return void send(
        process.env.MINGCHU_DEV_BLIND
          ? { ...data.system, judging: { is_judging: false, reason: 'no_models', detail: null, models: [] } }
          : data.system,
      );
    case 'GET canteens':
      return void send(id ? data.canteens.find((c) => c.id === id) : { canteens: data.canteens });
    case 'GET cameras': {
      if (act === 'still.jpg') return picture('/dev/picture.jpg', response, process.env.MINGCHU_DEV_CLIP);
      const canteen = url.searchParams.get('canteen_id') ?? (role === 'manager' ? 'c1' : null);
      return void send({ cameras: data.cameras.filter((c) => canteen === null || c.canteen_id === canteen) });
    }
    case 'POST cameras':
      return void (id === 'probe'
        ? refuse(422, 'wrong_password', 'rtsp://10.0.0.7/main refuses the name or password; check both')
        : refuse(422, 'no_video', 'no video'));
    case 'GET violations': {
      if (id) return void send(violation);
      const state = url.searchParams.get('state');
      const canteen = url.searchParams.get('canteen_id');
      return void send({
        violations: mine(data.violations).filter(
          (v) => (!state || v.state === state) && (!canteen || v.canteen.id === canteen),
        ),
        next: null,
      });
    }
    case 'POST violations': {
      if (violation) violation.state = act === 'confirm' ? 'confirmed' : act === 'dismiss' ? 'dismissed' : 'to_review';
      return void send(violation);
    }
    case 'GET notices':
      return void send(id ? notice : { notices: mine(data.notices).map(summary), next: null });
    case 'POST notices': {
      if (notice)
        notice.state = (
          {
            acknowledge: 'acknowledged',
            rectify: 'rectified',
            appeal: 'appealed',
            close: 'closed',
            reject: 'sent',
          } as const
        )[act as 'close'];
      return void send(notice);
    }
    case 'GET coverage':
      return void send({
        cameras: data.cameras.map((c, i) => ({
          camera_id: c.id,
          observed_ms: 1.6e7,
          judged_ms: 1.5e7 - i * 4e5,
          cannot_judge_ms: 6e5,
        })),
      });
    case 'GET audit':
      return void send({
        audit: data.notices.map((n, i) => ({
          seq: i,
          at: n.sent_at,
          actor: 'system',
          action: 'notice.issue',
          subject: `notice:${n.id}`,
          detail: {},
          hash: '9f86d081884c7d65',
        })),
        next: null,
      });
    case 'GET people':
      return void send({ people: (['regulator', 'manager', 'admin'] as const).map((r) => ({ id: r, ...data.me(r) })) });
    case 'GET public': {
      const code = url.pathname.split('/')[5];
      if (url.pathname.endsWith('qr.svg')) return void refuse(404, 'not_found');
      const found = code ? data.publicCanteen(code) : { canteens: data.canteens };
      return void (found ? send(found) : refuse(404, 'not_found'));
    }
    default:
      return void refuse(404, 'not_found');
  }
}
