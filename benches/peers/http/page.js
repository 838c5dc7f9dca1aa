// The page of the figures over HTTP.

import { conditions, count, many, ms, rate, table } from '../tables.js';

const WORDS = {
  read: 'Read one by its id',
  list: 'List 30 by an index, the newest first',
  create: 'Create one',
  health: 'Say that one is there',
};

export function httpPage(report) {
  const { versions, pace, summary } = report;
  const { rows, aims } = summary;
  const { warning, machine, time } = conditions(report);
  const heads = pace.connections.map((connections) => many(connections, 'connection'));
  const kinds = Object.entries(WORDS).map(
    ([kind, words]) => `### ${words}

${table(
  ['', ...heads, 'p50 ms', 'p99 ms', 'processor µs'],
  rows.map(({ name, rates }) => {
    const busiest = rates[kind].at(-1);
    return [
      name,
      ...rates[kind].map(({ perSecond }) => rate(perSecond)),
      ms(busiest.p50),
      ms(busiest.p99),
      rate(busiest.processorMicros),
    ];
  }),
)}
`,
  );
  const failed = rows.filter((row) => row.failed).map((row) => `${row.name} (${many(row.failed, 'round')})`);
  return `# HTTP beside PocketBase

What \`make bench-peers PEERS="--only http"\` measured on one machine; \`benches/peers/README.md\` says what is measured and
what is unfair about it. Every figure of every round is in [http-peers.json](http-peers.json), from which this page is made
by \`benches/peers/markdown.js\`. On another machine only the ratios carry over.
${warning}
${machine}
Steading ${versions.steading}, PocketBase ${versions.pocketbase}, and wrk with one thread for both. ${time}

${failed.length ? `Left out because they failed: ${failed.join(', ')}.\n\n` : ''}FULL and NORMAL are SQLite's \`synchronous\`: with FULL each acknowledged write is on the disk, with NORMAL a power cut may take
the last of them. Steading comes with FULL and PocketBase with NORMAL.

## Aims

Steading as it comes (FULL) against PocketBase as it comes (NORMAL), where the ratio is worst for Steading.

${table(
  ['', 'wanted', 'got'],
  aims.map(({ aim, wanted, got, met }) => [aim, wanted, `${got}${met ? '' : ' (not met)'}`]),
)}

## Rates

Requests a second, ${count(pace.records)} records at first; medians with the least and the most. The times, and what a request takes of the
server's processors, are at ${pace.connections.at(-1)} connections.

${kinds.join('\n')}
## Size

Memory is what the system counts as resident, in MiB: idle with the records in the database, straight after the rates above, and
the most ever.

${table(
  ['', 'idle', 'after load', 'at most', 'binary MiB', 'first answer ms'],
  rows.map((row) => [
    row.name,
    ...[row.idleMiB, row.loadedMiB, row.mostMiB, row.binaryMiB, row.startMillis].map((figure) =>
      rate(figure),
    ),
  ]),
)}

With ${count(pace.streams)} clients that are subscribed to changes of which there are none (server-sent events):

${table(
  ['', 'KiB for each', 'MiB altogether', '% of a processor'],
  rows.map((row) => [row.name, rate(row.kibOfStream), rate(row.streamsMiB), rate(row.streamsPercent)]),
)}
`;
}
