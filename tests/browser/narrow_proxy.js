// A proxy that counts what comes by and gets in the way as told: no WebSocket through, or every connection cut.
import { createServer, request } from 'node:http';
import { connect } from 'node:net';

export async function startNarrowProxy(target) {
  const { hostname, port } = new URL(target);
  const open = new Set();
  const asked = [];
  const rules = { lets_sockets_through: true, is_cut: false };
  const server = createServer((wanted, answer) => {
    const { method, url, headers } = wanted;
    asked.push(url);
    const onward = request({ hostname, port, method, path: url, headers }, (got) => {
      answer.writeHead(got.statusCode, got.headers);
      got.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    answer.on('close', () => onward.destroy());
    wanted.pipe(onward);
  });
  server.on('upgrade', (wish, socket, head) => {
    socket.on('error', () => undefined);
    if (!rules.lets_sockets_through) return socket.end('HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\n\r\n');
    const onward = connect(Number(port), hostname, () => {
      const lines = wish.rawHeaders.flatMap((word, i) => (i % 2 === 0 ? [`${word}: ${wish.rawHeaders[i + 1]}`] : []));
      onward.write(`${wish.method} ${wish.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    onward.on('close', () => socket.destroy());
    socket.on('close', () => onward.destroy());
  });
  server.on('connection', (socket) => {
    if (rules.is_cut) return socket.destroy();
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** Paths of the plain requests so far. */
    asked,
    /** Whether WebSockets come through. */
    letSockets(yes) {
      rules.lets_sockets_through = yes;
    },
    /** Ends every connection and accepts no other, until `mend`. */
    cut() {
      rules.is_cut = true;
      open.forEach((socket) => socket.destroy());
    },
    mend() {
      rules.is_cut = false;
    },
    async stop() {
      open.forEach((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
