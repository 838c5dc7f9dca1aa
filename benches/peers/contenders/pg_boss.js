// pg-boss: PostgreSQL, polling, and LISTEN/NOTIFY when tuned.

import { PgBoss } from 'pg-boss';

import { Contender } from '../measures.js';
import { startPostgres } from '../servers/postgres.js';

const IN_A_CALL = 5_000;
const QUEUE = 'nothing';

export class PgBossContender extends Contender {
  constructor(settings) {
    super();
    this.settings = settings;
  }

  async start(place) {
    const { url, pool, durability } = await startPostgres(place);
    Object.assign(this, { pool, durability });
    this.boss = new PgBoss({ connectionString: url, ...this.settings.boss });
    this.boss.on('error', (error) => console.error(error.message));
    await this.boss.start();
    await this.boss.createQueue(QUEUE, this.settings.queue);
  }

  enqueue(number) {
    return this.boss.send(QUEUE, { number });
  }

  async fill(count) {
    for (let sent = 0; sent < count; sent += IN_A_CALL) {
      const piece = Array.from({ length: Math.min(IN_A_CALL, count - sent) }, (_, n) => ({
        data: { number: sent + n },
      }));
      await this.boss.insert(QUEUE, piece);
    }
    await this.pool.query('ANALYZE');
  }

  work(begun) {
    return this.boss.work(QUEUE, this.settings.work, async (jobs) => {
      for (const { data } of jobs) begun(data.number);
    });
  }

  rest() {
    return this.boss.offWork(QUEUE);
  }

  async left() {
    const { rows } = await this.pool.query(
      "SELECT count(*)::int AS left FROM pgboss.job WHERE name = $1 AND state < 'completed'",
      [QUEUE],
    );
    return rows[0].left;
  }

  empty() {
    return this.boss.deleteAllJobs(QUEUE);
  }

  async stop() {
    await this.boss.stop();
    // Its last connections hear of the server's end.
    this.boss.removeAllListeners('error').on('error', () => {});
    await this.pool.end();
  }
}
