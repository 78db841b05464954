import { randomBytes } from 'node:crypto';
import { readConfig } from '../../src/config.js';
import { startServer } from '../../src/start.js';
import { serve } from './serve.js';

const log = {
  debug: (): void => undefined,
  info: (): void => undefined,
  warn: (fields: object, message: string): void => console.error('assent:', message, fields),
  error: (fields: object, message: string): void => console.error('assent:', message, fields),
};

const env = { PORT: '0', ENCRYPTION_KEY: randomBytes(32).toString('base64'), ...process.env };
const server = await startServer(readConfig(env), log);
serve({ port: () => Number(new URL(server.url).port) }, server.stop);
