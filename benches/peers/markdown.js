// docs/benchmarks/README.md out of the figures of a run:
//
//   markdown.js docs/benchmarks/jobs-peers.json > docs/benchmarks/README.md

import { readFileSync } from 'node:fs';

const { at, machine, versions, pace, rounds, summary } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { rows, aims, flushP50 } = summary;
const loads = rounds.flatMap((round) => round.results.map((result) => result.load));
const busy = Math.min(...loads) > machine.processors;
const warning =
  'The machine did much else meanwhile, so that not even the ratios can be relied on; run it again.';
const { steading, ...others } = versions;
const queues = ['graphile-worker', 'pg-boss', 'bullmq', 'bunqueue', 'node', 'bun'];

console.log(`# Figures

What \`make bench-peers\` measured on one machine; \`benches/peers/README.md\` says what is measured and what is unfair
about it. Every figure of every round is in [jobs-peers.json](jobs-peers.json), from which this page is made by
\`benches/peers/markdown.js\`. On another machine only the ratios carry over.
${busy ? `\n**${warning}**\n` : ''}
${pace.quick ? 'A short run. ' : ''}${machine.processors} processors (${machine.processor}), ${machine.memoryGiB} GiB, ${machine.fileSystem}, ${machine.system}; flushing 4 KiB takes ${ms(flushP50)} ms.
Steading ${steading}, ${queues.map((name) => `${name} ${others[name]}`).join(', ')}. ${at.slice(0, 10)}, ${rounds.length} rounds; the load before
each contender's turn was ${Math.min(...loads)} to ${Math.max(...loads)}, the one before it included.

## Jobs

Enqueued a second by so many callers that each wait, and worked off a second. Medians, with the least and the most.
`);
const callers = pace.callers.map((count) => (count === 1 ? '1 caller' : `${count} callers`));
table(
  ['', ...callers, ...pace.drains.map((jobs) => `drain ${count(jobs)}`)],
  rows.map(({ name, enqueue, drain }) => [
    name,
    ...enqueue.map(({ perSecond }) => rate(perSecond)),
    ...drain.map(({ perSecond }) => rate(perSecond)),
  ]),
);
console.log(`
From enqueueing to the handler's beginning in milliseconds: with idle workers, and in a steady stream of
${count(pace.steadyRate)} jobs a second.
`);
table(
  ['', 'idle p50', 'p95', 'p99', 'steady p50', 'p95', 'p99', 'kept up'],
  rows.map(({ name, idle, steady }) => [
    name,
    ...[idle, steady].flatMap((times) => [ms(times?.p50), ms(times?.p95), ms(times?.p99)]),
    steady ? `${steady.keptUp} of ${steady.of}` : '–',
  ]),
);
console.log(`\nKept in: ${[...new Set(rows.map(({ durability }) => durability))].join('; ')}.`);
console.log('\n## Aims\n');
table(
  ['', 'ours', 'the best', 'wanted', 'got'],
  aims.map(({ aim, ours, best, wanted, ratio, met }) => [
    aim,
    ours,
    best,
    `${wanted}×`,
    `${ratio}×${met ? '' : ' (not met)'}`,
  ]),
);

function table(heads, lines) {
  console.log(
    [heads, heads.map((_, nth) => (nth ? '--:' : '---')), ...lines]
      .map((cells) => `| ${cells.join(' | ')} |`)
      .join('\n'),
  );
}

function rate(spread) {
  if (!spread) return '–';
  return spread.least === spread.most
    ? count(spread.median)
    : `${count(spread.median)} (${count(spread.least)}–${count(spread.most)})`;
}

function count(value) {
  return value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en');
}

function ms(spread) {
  if (!spread) return '–';
  return spread.median < 100 ? spread.median.toFixed(2) : count(spread.median);
}
