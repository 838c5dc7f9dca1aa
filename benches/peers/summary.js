// From rounds to medians with their spread, and to the ratios that Steading aims at.

import { CONTENDERS, nameOf } from './contenders.js';
import { round, spreadOf } from './stats.js';

/** Below this share of the disk's own flush an acknowledgement can't have waited for one. */
const PART_OF_A_FLUSH = 0.5;

export function summarize(report) {
  const flush = spreadOf(report.rounds.map((each) => each.flush.p50));
  const rows = CONTENDERS.map((contender) => rowOf(contender, report, flush)).filter(Boolean);
  return { flushP50: flush, rows, aims: aims(rows) };
}

function rowOf(contender, report, flush) {
  const name = nameOf(contender);
  const results = report.rounds.flatMap((each) => each.results).filter((result) => nameOf(result) === name);
  const good = results.filter((result) => !result.failed);
  if (!good.length) return null;
  const figure = (pick) => spreadOf(good.map(pick));
  const alone = figure((result) => result.enqueue[0].p50);
  return {
    name,
    variant: contender.variant,
    ours: contender.ours,
    durability: good[0].durability,
    failed: results.length - good.length,
    flushes: alone.median >= flush.median * PART_OF_A_FLUSH,
    enqueue: report.pace.callers.map((callers, nth) => ({
      callers,
      perSecond: figure((result) => result.enqueue[nth].perSecond),
      p50: figure((result) => result.enqueue[nth].p50),
      p99: figure((result) => result.enqueue[nth].p99),
    })),
    drain: report.pace.drains.map((jobs, nth) => ({
      jobs,
      perSecond: figure((result) => result.drain[nth]?.perSecond),
      whole: good.every((result) => result.drain[nth]?.whole),
    })),
    steady: good[0].steady && {
      keptUp: good.filter((result) => result.steady.keptUp).length,
      of: good.length,
      p50: figure((result) => result.steady.p50),
      p95: figure((result) => result.steady.p95),
      p99: figure((result) => result.steady.p99),
    },
    idle: {
      p50: figure((result) => result.idle.p50),
      p95: figure((result) => result.idle.p95),
      p99: figure((result) => result.idle.p99),
    },
  };
}

/** What the project wants to be, and how far each way of using it is from there. */
function aims(rows) {
  const peers = rows.filter((row) => !row.ours && row.variant !== 'reference');
  const drained = (row) => Math.max(...row.drain.map((cell) => cell.perSecond?.median ?? 0));
  const enqueued = (row) => row.enqueue.at(-1).perSecond.median;
  const idle = (row) => row.idle.p50.median;
  const wanted = [
    {
      aim: 'drain, against the best at its defaults',
      least: 3,
      of: peers.filter((row) => row.variant === 'defaults'),
      by: drained,
    },
    {
      aim: 'drain, against the best tuned one',
      least: 1,
      of: peers.filter((row) => row.variant === 'tuned'),
      by: drained,
    },
    { aim: 'enqueue from the most callers, against the best', least: 1.5, of: peers, by: enqueued },
    {
      aim: 'idle latency, beanstalkd over Steading',
      least: 1,
      of: rows.filter((row) => row.name.startsWith('beanstalkd')),
      by: (row) => 1 / idle(row),
    },
  ];
  return wanted.flatMap(({ aim, least, of, by }) => {
    const best = of.toSorted((a, b) => by(b) - by(a))[0];
    if (!best) return [];
    return rows
      .filter((row) => row.ours)
      .map((row) => {
        const ratio = round(by(row) / by(best), 2);
        return { aim, best: best.name, ours: row.name, ratio, wanted: least, met: ratio >= least };
      });
  });
}
