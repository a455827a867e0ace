import { spawn } from 'node:child_process';
import type { WebSocket } from 'ws';

/** Splits an fMP4 byte stream into its init segment and its moof+mdat fragments. */
function* boxes(state: { rest: Buffer }): Generator<{ type: string; data: Buffer }> {
  while (state.rest.length >= 8) {
    const size = state.rest.readUInt32BE(0);
    if (state.rest.length < size) return;
    yield { type: state.rest.toString('latin1', 4, 8), data: state.rest.subarray(0, size) };
    state.rest = state.rest.subarray(size);
  }
}

/** Sends one viewer a looping test picture, as the live protocol does. */
export function sendLive(socket: WebSocket, clip: string | undefined): void {
  const input = clip
    ? ['-stream_loop', '-1', '-re', '-i', clip]
    : ['-re', '-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=10'];
  const ffmpeg = spawn(
    'ffmpeg',
    [
      '-v',
      'error',
      ...input,
      '-an',
      '-vf',
      'scale=640:360',
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-tune',
      'zerolatency',
      '-profile:v',
      'baseline',
      '-g',
      '20',
      '-pix_fmt',
      'yuv420p',
      '-f',
      'mp4',
      '-movflags',
      'frag_every_frame+empty_moov+default_base_moof',
      'pipe:1',
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const state = { rest: Buffer.alloc(0) };
  let init = Buffer.alloc(0);
  let moof = Buffer.alloc(0);
  socket.send(JSON.stringify({ type: 'init', codec: 'avc1.42c01e', width: 640, height: 360 }));
  ffmpeg.stdout.on('data', (chunk: Buffer) => {
    state.rest = Buffer.concat([state.rest, chunk]);
    for (const { type, data } of boxes(state)) {
      if (type === 'ftyp') init = Buffer.from(data);
      else if (type === 'moov') socket.send(Buffer.concat([init, data]));
      else if (type === 'moof') moof = Buffer.from(data);
      else if (type === 'mdat') socket.send(Buffer.concat([moof, data]));
    }
  });
  socket.on('close', () => ffmpeg.kill());
}
