// BullMQ: Redis.

import { Queue, Worker } from 'bullmq';

import { Contender } from '../measures.js';
import { startRedis } from '../servers/redis.js';

const IN_A_CALL = 1_000;

export class BullMq extends Contender {
  constructor(settings) {
    super();
    this.settings = settings;
  }

  async start(place) {
    const { connection, durability } = await startRedis(place);
    Object.assign(this, { connection, durability });
    this.queue = new Queue('nothing', { connection });
    await this.queue.waitUntilReady();
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
    this.worker = new Worker('nothing', handle, { connection: this.connection, ...this.settings.worker });
    this.worker.on('error', (error) => console.error(error.message));
    await this.worker.waitUntilReady();
  }

  rest() {
    return this.worker.close();
  }

  async left() {
    const counts = await this.queue.getJobCounts('waiting', 'active', 'prioritized', 'delayed');
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  }

  empty() {
    return this.queue.obliterate({ force: true, count: 10_000 });
  }

  stop() {
    return this.queue.close();
  }
}
