// From rounds to medians with their spread, and to the ratios that Steading aims at.

import { round, spreadOf } from '../stats.js';
import { many } from '../tables.js';
import { CONTENDERS, nameOf } from './contenders.js';

export const KINDS = ['read', 'list', 'create', 'health'];

/** How many times the other's rate ours wants to be at least, and what part of its memory at most. */
const AIMS = { read: 5, list: 5, create: 3 };
const MEMORY = 0.5;

export function summarizeHttp(report) {
  const rows = CONTENDERS.map((contender) => rowOf(contender, report)).filter(Boolean);
  return {
    flushP50: spreadOf(report.rounds.map((each) => each.flush.p50)),
    rows,
    aims: aims(rows, report.pace),
  };
}

function rowOf(contender, report) {
  const name = nameOf(contender);
  const results = report.rounds.flatMap((each) => each.results).filter((result) => nameOf(result) === name);
  const good = results.filter((result) => !result.failed);
  if (!good.length) return null;
  const figure = (pick) => spreadOf(good.map(pick));
  const cell = (kind, connections) => {
    const of = (pick) =>
      figure((result) =>
        pick(result.rates.find((rate) => rate.kind === kind && rate.connections === connections)),
      );
    return {
      connections,
      perSecond: of((rate) => rate.perSecond),
      p50: of((rate) => rate.p50),
      p99: of((rate) => rate.p99),
      processorMicros: of((rate) => rate.processorMicros),
    };
  };
  return {
    name,
    variant: contender.variant,
    ours: contender.ours,
    synchronous: contender.synchronous,
    failed: results.length - good.length,
    rates: Object.fromEntries(
      KINDS.map((kind) => [kind, report.pace.connections.map((connections) => cell(kind, connections))]),
    ),
    startMillis: figure((result) => result.startMillis),
    binaryMiB: figure((result) => result.binaryBytes / 2 ** 20),
    idleMiB: figure((result) => result.idle.rss / 1_024),
    loadedMiB: figure((result) => result.loaded.rss / 1_024),
    mostMiB: figure((result) => result.loaded.most / 1_024),
    kibOfStream: figure((result) => result.streams.kibOfEach),
    streamsMiB: figure((result) => result.streams.after.rss / 1_024),
    streamsPercent: figure((result) => result.streams.percent),
  };
}

/** Ours flushed against the other as it comes; the rates are those of the connections in which ours is weakest. */
function aims(rows, { connections }) {
  const ours = rows.find((row) => row.ours && row.synchronous === 'full');
  const theirs = rows.find((row) => !row.ours && row.variant === 'its default');
  if (!ours || !theirs) return [];
  const rates = Object.entries(AIMS).map(([kind, wanted]) => {
    const times = connections.map(
      (_, nth) => ours.rates[kind][nth].perSecond.median / theirs.rates[kind][nth].perSecond.median,
    );
    const got = Math.min(...times);
    const at = connections[times.indexOf(got)];
    return {
      aim: `${kind}, at ${many(at, 'connection')}`,
      wanted: `${wanted}× at least`,
      got: `${round(got, 2)}×`,
      met: got >= wanted,
    };
  });
  const memory = ['idleMiB', 'loadedMiB', 'kibOfStream'].map((what) => {
    const got = ours[what].median / theirs[what].median;
    const aim = {
      idleMiB: 'memory, idle',
      loadedMiB: 'memory after load',
      kibOfStream: 'memory for a stream',
    }[what];
    return { aim, wanted: `${MEMORY}× at most`, got: `${round(got, 2)}×`, met: got <= MEMORY };
  });
  return [...rates, ...memory];
}
