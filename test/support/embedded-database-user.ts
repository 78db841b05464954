import { startEmbeddedDatabase } from '../../src/postgres/embedded.js';

// A process that uses the embedded database of the folder it is given until its input ends, or until it is killed.
const [dataDir] = process.argv.slice(2);
if (dataDir === undefined) throw new Error('which folder?');
const database = await startEmbeddedDatabase({ dataDir, log: () => undefined });
process.stdout.write(`${database.url}\n`);
process.stdin.resume();
process.stdin.once('end', () => void database.stop());
