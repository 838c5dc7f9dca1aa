// The report as tables for people.

export function printReport({ machine, summary, rounds }) {
  const { rows, aims, flushP50 } = summary;
  console.log(
    `\n${machine.processor}, ${machine.processors} processors, ${machine.memoryGiB} GiB, ${machine.fileSystem}, ${machine.system}`,
  );
  console.log(
    `A flush of 4 KiB takes ${flushP50.median} ms (p50). Medians of ${rounds.length} rounds, with the least and the most.\n`,
  );
  table(
    [
      'enqueued/s',
      ...rows[0].enqueue.map(({ callers }) => (callers === 1 ? '1 caller' : `${callers} callers`)),
      'p50 ms at the most',
      '',
    ],
    rows.map((row) => [
      row.name,
      ...row.enqueue.map(({ perSecond }) => rate(perSecond)),
      time(row.enqueue.at(-1).p50),
      row.flushes ? '' : 'faster than a flush: not durable',
    ]),
  );
  table(
    ['worked off/s', ...rows[0].drain.map(({ jobs }) => `${jobs} jobs`), 'idle p50 ms', 'p95', 'p99'],
    rows.map((row) => [
      row.name,
      ...row.drain.map(({ perSecond, whole }) =>
        perSecond && !whole ? `${rate(perSecond)} cut off` : rate(perSecond),
      ),
      time(row.idle.p50, true),
      time(row.idle.p95),
      time(row.idle.p99),
    ]),
  );
  table(
    ['steady stream', 'kept up', 'p50 ms', 'p95', 'p99'],
    rows
      .filter((row) => row.steady)
      .map(({ name, steady }) => [
        name,
        `${steady.keptUp} of ${steady.of}`,
        time(steady.p50, true),
        time(steady.p95),
        time(steady.p99),
      ]),
  );
  for (const ours of rows.filter((row) => row.ours)) printRatios(ours, rows);
  table(
    ['aim', 'the best', 'wanted', 'got', ''],
    aims.map(({ aim, best, ours, ratio, wanted, met }) => [
      `${aim}: ${ours}`,
      best,
      `${wanted}×`,
      `${ratio}×`,
      met ? 'met' : 'not met',
    ]),
  );
  table(
    ['durability', ''],
    rows.map((row) => [row.name, row.durability]),
  );
}

/** How many times the others' figures one of ours is; above 1 is better, latency included. */
function printRatios(ours, rows) {
  const times = (a, b) => (a && b ? `${(a.median / b.median).toFixed(2)}×` : '–');
  table(
    [
      `${ours.name} is`,
      ...ours.enqueue.map(({ callers }) => `enqueue ${callers}`),
      ...ours.drain.map(({ jobs }) => `drain ${jobs}`),
      'idle p50',
    ],
    rows
      .filter((row) => !row.ours)
      .map((row) => [
        row.name,
        ...row.enqueue.map((cell, nth) => times(ours.enqueue[nth].perSecond, cell.perSecond)),
        ...row.drain.map((cell, nth) => times(ours.drain[nth].perSecond, cell.perSecond)),
        times(row.idle.p50, ours.idle.p50),
      ]),
  );
}

function rate(spread) {
  if (!spread) return '–';
  const whole = (value) => (value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en'));
  return spread.least === spread.most
    ? whole(spread.median)
    : `${whole(spread.median)} (${whole(spread.least)}–${whole(spread.most)})`;
}

function time(spread, spreadToo = false) {
  if (!spread) return '–';
  const short = (value) => (value < 100 ? value.toFixed(2) : Math.round(value).toLocaleString('en'));
  return spreadToo && spread.least !== spread.most
    ? `${short(spread.median)} (${short(spread.least)}–${short(spread.most)})`
    : short(spread.median);
}

function table(heads, lines) {
  const widths = heads.map((head, nth) => Math.max(head.length, ...lines.map((line) => line[nth].length)));
  const said = (cells) =>
    cells
      .map((cell, nth) => (nth ? cell.padStart(widths[nth]) : cell.padEnd(widths[0])))
      .join('  ')
      .trimEnd();
  console.log([said(heads), ...lines.map(said)].join('\n'), '\n');
}
