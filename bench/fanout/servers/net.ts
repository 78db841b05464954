import { createServer, type AddressInfo, type Socket } from 'node:net';
import { now } from '../../support/clock.js';
import { serve } from '../../support/serve.js';
import { readyMessage } from '../event.js';

// The limit within Node: one frame is built per event, and its bytes are written to every socket.
const sockets = new Set<Socket>();
const server = createServer({ noDelay: true }, (socket) => {
  sockets.add(socket);
  socket.resume();
  socket.on('error', () => socket.destroy());
  socket.on('close', () => sockets.delete(socket));
});

function frameOf(message: string): Buffer {
  const payload = Buffer.from(message);
  const head = Buffer.from([0x81, 126, 0, 0]);
  head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}

server.listen(0, '127.0.0.1', 8192, () => {
  serve({
    port: () => (server.address() as AddressInfo).port,
    subscribers: () => sockets.size,
    publish: (count: number) => {
      const from = now();
      for (let sent = 0; sent < count; sent += 1) {
        const frame = frameOf(readyMessage());
        for (const socket of sockets) socket.write(frame);
      }
      return from;
    },
  });
});
