// Who takes part, and with which settings.
//
// `variant` is "defaults" for what one gets without choosing anything, "tuned" for what the documentation of each
// recommends for throughput; "reference" stands outside the ratios.

// One client asks as fast as it can; the others have no limits to switch off.
const STEADING_HTTP = { STEADING__LIMITS__RATES: 'false' };
const STEADING_TUNED = {
  ...STEADING_HTTP,
  STEADING__JOBS__CONCURRENCY: '64',
  STEADING__JOBS__TENANT_CONCURRENCY: '64',
};
const BATCHING = {
  concurrentJobs: 100,
  localQueue: { size: 1_000 },
  completeJobBatchDelay: 10,
  failJobBatchDelay: 10,
};
const PG_BOSS_TUNED = {
  boss: { max: 20, useListenNotify: true },
  queue: { notify: true },
  work: {
    batchSize: 1_000,
    localConcurrency: 2,
    burstWhenBatchFull: true,
    pollingIntervalSeconds: 0.5,
    notifyPollingIntervalSeconds: 0.5,
  },
};
const BULLMQ_TUNED = { concurrency: 200, removeOnComplete: { count: 0 } };
const BUNQUEUE_TUNED = { concurrency: 1_000, batchSize: 1_000, pollTimeout: 1_000 };

export const CONTENDERS = [
  steading('Steading, in process', 'defaults', 'steading_bench', 'SteadingBench', {}),
  steading('Steading, HTTP', 'defaults', 'steading_http', 'SteadingHttp', { env: STEADING_HTTP }),
  steading('Steading, HTTP', 'tuned', 'steading_http', 'SteadingHttp', { env: STEADING_TUNED }),
  peer('graphile-worker', 'defaults', 'graphile_worker', 'GraphileWorker', { connections: 10, worker: {} }),
  peer('graphile-worker', 'tuned', 'graphile_worker', 'GraphileWorker', {
    connections: 12,
    worker: BATCHING,
  }),
  peer('pg-boss', 'defaults', 'pg_boss', 'PgBossContender', { work: {} }),
  peer('pg-boss', 'tuned', 'pg_boss', 'PgBossContender', PG_BOSS_TUNED),
  peer('BullMQ', 'defaults', 'bullmq', 'BullMq', {}),
  peer('BullMQ', 'tuned', 'bullmq', 'BullMq', { worker: BULLMQ_TUNED }),
  bun('bunqueue', 'defaults', { flushed: true }),
  bun('bunqueue', 'tuned', { flushed: true, worker: BUNQUEUE_TUNED }),
  bun('bunqueue, embedded', 'tuned', { flushed: true, embedded: true, worker: BUNQUEUE_TUNED }),
  bun('bunqueue, not flushed', 'reference', { flushed: false, worker: BUNQUEUE_TUNED }),
  peer('beanstalkd', 'reference', 'beanstalkd', 'Beanstalkd', { workers: 16 }),
];

export function nameOf({ name, variant }) {
  return `${name} (${variant})`;
}

function steading(name, variant, file, type, settings) {
  return { name, variant, file, type, settings, runtime: 'node', ours: true };
}

function peer(name, variant, file, type, settings) {
  return { name, variant, file, type, settings, runtime: 'node', ours: false };
}

function bun(name, variant, settings) {
  return { name, variant, file: 'bunqueue', type: 'Bunqueue', settings, runtime: 'bun', ours: false };
}
