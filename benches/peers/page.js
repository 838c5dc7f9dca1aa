// The page of the jobs' figures.

import { conditions, count, many, ms, rate, table } from './tables.js';

const QUEUES = ['graphile-worker', 'pg-boss', 'bullmq', 'bunqueue', 'node', 'bun'];

export function jobsPage(report) {
  const { versions, pace, summary } = report;
  const { rows, aims } = summary;
  const { warning, machine, time } = conditions(report);
  const callers = pace.callers.map((callers) => many(callers, 'caller'));
  return `# Jobs beside other queues

What \`make bench-peers\` measured on one machine; \`benches/peers/README.md\` says what is measured and what is unfair
about it. Every figure of every round is in [jobs-peers.json](jobs-peers.json), from which this page is made by
\`benches/peers/markdown.js\`. On another machine only the ratios carry over.
${warning}
${machine}
Steading ${versions.steading}, ${QUEUES.map((name) => `${name} ${versions[name]}`).join(', ')}. ${time}

## Rates

Enqueued a second by so many callers that each wait, and worked off a second. Medians, with the least and the most.

${table(
  ['', ...callers, ...pace.drains.map((jobs) => `drain ${count(jobs)}`)],
  rows.map(({ name, enqueue, drain }) => [
    name,
    ...enqueue.map(({ perSecond }) => rate(perSecond)),
    ...drain.map(({ perSecond }) => rate(perSecond)),
  ]),
)}

From enqueueing to the handler's beginning in milliseconds: with idle workers, and in a steady stream of
${count(pace.steadyRate)} jobs a second.

${table(
  ['', 'idle p50', 'p95', 'p99', 'steady p50', 'p95', 'p99', 'kept up'],
  rows.map(({ name, idle, steady }) => [
    name,
    ...[idle, steady].flatMap((times) => [ms(times?.p50), ms(times?.p95), ms(times?.p99)]),
    steady ? `${steady.keptUp} of ${steady.of}` : '–',
  ]),
)}

Kept in: ${[...new Set(rows.map(({ durability }) => durability))].join('; ')}.

## Aims

${table(
  ['', 'ours', 'the best', 'wanted', 'got'],
  aims.map(({ aim, ours, best, wanted, ratio, met }) => [
    aim,
    ours,
    best,
    `${wanted}×`,
    `${ratio}×${met ? '' : ' (not met)'}`,
  ]),
)}
`;
}
