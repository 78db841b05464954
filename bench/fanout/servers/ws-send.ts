import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { now } from '../../support/clock.js';
import { serve } from '../../support/serve.js';
import { readyMessage } from '../event.js';

// Bare connections of ws: nothing is kept for them but what ws keeps. Each gets the same ready string.
const http = createServer();
const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
http.listen(0, '127.0.0.1', () => {
  serve({
    port: () => (http.address() as AddressInfo).port,
    subscribers: () => sockets.clients.size,
    publish: (count: number) => {
      const from = now();
      for (let sent = 0; sent < count; sent += 1) {
        const message = readyMessage();
        for (const socket of sockets.clients) socket.send(message);
      }
      return from;
    },
  });
});
