// Loaded into Bun before bunqueue: its SQLite connection asks for `synchronous = NORMAL`, with which nothing is
// flushed when a job is acknowledged, and no option of its changes that. Here it gets FULL, like everybody else.

import { Database } from 'bun:sqlite';

/** What SQLite answers when it is asked: 2 is FULL. */
export const seen = { synchronous: null };

const run = Database.prototype.run;

Database.prototype.run = function (sql, ...rest) {
  if (!sql.includes('synchronous = NORMAL')) return run.call(this, sql, ...rest);
  const result = run.call(this, sql.replace('synchronous = NORMAL', 'synchronous = FULL'), ...rest);
  seen.synchronous = this.query('PRAGMA synchronous').get().synchronous;
  if (process.argv.includes('start')) console.error(`flushes=${seen.synchronous}`);
  return result;
};
