// bunqueue: SQLite. Its client and its server are for Bun only, so this one runs there.

import { createRequire } from 'node:module';
import { join } from 'node:path';

import { Queue, Worker, closeAllSharedPools, shutdownManager } from 'bunqueue/client';

import { Contender } from '../measures.js';
import { accepts, freePort } from '../place.js';

const IN_A_CALL = 1_000;
// A client may send 10,000 requests a minute unless this says otherwise.
const UNLIMITED = { RATE_LIMIT_MAX_REQUESTS: '1000000000' };
const NOT_TAKEN = 'bunqueue did not take synchronous = FULL.';
const FLUSH = new URL('../servers/flush.js', import.meta.url).pathname;

let seen;

export class Bunqueue extends Contender {
  constructor(settings) {
    super();
    this.settings = settings;
  }

  async start(place) {
    const data = join(place.makeDir('bunqueue'), 'queue.db');
    this.where = this.settings.embedded
      ? await embed(data)
      : { connection: await serve(place, data, this.settings.flushed) };
    this.queue = new Queue('nothing', { ...this.where, defaultJobOptions: { durable: true } });
    const kept = this.settings.flushed ? 'FULL (set from outside)' : 'NORMAL, so not flushed';
    this.durability = `SQLite, durable: true, synchronous = ${kept}`;
  }

  enqueue(number) {
    return this.queue.add('nothing', { number });
  }

  async fill(count) {
    for (let sent = 0; sent < count; sent += IN_A_CALL) {
      const piece = Array.from({ length: Math.min(IN_A_CALL, count - sent) }, (_, n) => ({
        name: 'nothing',
        data: { number: sent + n },
      }));
      await this.queue.addBulk(piece);
    }
  }

  async work(begun) {
    const handle = async ({ data }) => begun(data.number);
    this.worker = new Worker('nothing', handle, { ...this.where, ...this.settings.worker });
    this.worker.on('error', (error) => console.error(error.message));
    await this.worker.waitUntilReady();
  }

  rest() {
    return this.worker.close();
  }

  async left() {
    const { waiting = 0, active = 0, prioritized = 0, delayed = 0 } = await this.queue.getJobCountsAsync();
    return waiting + active + prioritized + delayed;
  }

  empty() {
    return this.queue.obliterateAsync();
  }

  async stop() {
    if (seen && seen.synchronous !== 2) throw new Error(NOT_TAKEN);
    await this.queue.close();
    if (this.settings.embedded) await shutdownManager();
    else closeAllSharedPools();
  }
}

async function embed(data) {
  ({ seen } = await import(FLUSH));
  return { embedded: true, dataPath: data };
}

async function serve(place, data, flushed) {
  const [port, other] = [await freePort(), await freePort()];
  const command = createRequire(import.meta.url)
    .resolve('bunqueue')
    .replace(/main\.js$/, 'cli/index.js');
  const preload = flushed ? ['--preload', FLUSH] : [];
  const at = [
    '--host',
    '127.0.0.1',
    '--tcp-port',
    String(port),
    '--http-port',
    String(other),
    '--data-path',
    data,
  ];
  const server = await place.serve(process.execPath, [...preload, command, 'start', ...at], {
    env: UNLIMITED,
    isUp: () => accepts(port),
  });
  if (flushed && !server.said.includes('flushes=2')) throw new Error(NOT_TAKEN);
  return { host: '127.0.0.1', port };
}
