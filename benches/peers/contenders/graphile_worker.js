// graphile-worker: PostgreSQL, LISTEN/NOTIFY, and batches when tuned.

import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import pg from 'pg';

import { Contender } from '../measures.js';
import { startPostgres } from '../servers/postgres.js';

const IN_A_CALL = 5_000;
const quiet = new Logger(() => () => {});

export class GraphileWorker extends Contender {
  constructor(settings) {
    super();
    this.settings = settings;
  }

  async start(place) {
    const { url, pool, durability } = await startPostgres(place);
    Object.assign(this, { pool, durability });
    this.ours = new pg.Pool({ connectionString: url, max: this.settings.connections });
    this.ours.on('error', () => {});
    this.ours.on('connect', (client) => client.on('error', () => {}));
    this.utils = await makeWorkerUtils({ pgPool: this.ours, logger: quiet });
    await this.utils.migrate();
  }

  enqueue(number) {
    return this.utils.addJob('nothing', { number });
  }

  async fill(count) {
    for (let sent = 0; sent < count; sent += IN_A_CALL) {
      const piece = Array.from({ length: Math.min(IN_A_CALL, count - sent) }, (_, n) => ({
        identifier: 'nothing',
        payload: { number: sent + n },
      }));
      await this.utils.addJobs(piece);
    }
    await this.pool.query('ANALYZE');
  }

  async work(begun) {
    this.runner = await run({
      pgPool: this.ours,
      logger: quiet,
      noHandleSignals: true,
      taskList: { nothing: ({ number }) => begun(number) },
      preset: { worker: this.settings.worker },
    });
  }

  rest() {
    return this.runner.stop();
  }

  async left() {
    const { rows } = await this.pool.query('SELECT count(*)::int AS left FROM graphile_worker._private_jobs');
    return rows[0].left;
  }

  empty() {
    return this.pool.query('TRUNCATE graphile_worker._private_jobs');
  }

  async stop() {
    await this.utils.release();
    await this.ours.end();
    await this.pool.end();
  }
}
