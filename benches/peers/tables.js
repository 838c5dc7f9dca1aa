// Figures as text, and tables of them in Markdown.

export function table(heads, lines) {
  return [heads, heads.map((_, nth) => (nth ? '--:' : '---')), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** A median with the least and the most of it. */
export function rate(spread, said = count) {
  if (!spread) return '–';
  return spread.least === spread.most
    ? said(spread.median)
    : `${said(spread.median)} (${said(spread.least)}–${said(spread.most)})`;
}

export function count(value) {
  return value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en');
}

/** So many of them: `1 round`, `3 rounds`. */
export function many(number, what) {
  return number === 1 ? `1 ${what}` : `${number} ${what}s`;
}

export function ms(spread) {
  if (!spread) return '–';
  return spread.median < 100 ? spread.median.toFixed(2) : count(spread.median);
}

/** What was measured on, and how busy it was, from a report. */
export function conditions({ at, machine, pace, rounds, summary }) {
  const loads = rounds.flatMap((round) => round.results.map((result) => result.load));
  const busy = Math.min(...loads) > machine.processors;
  const warning =
    'The machine did much else meanwhile, so that not even the ratios can be relied on; run it again.';
  return {
    warning: busy ? `\n**${warning}**\n` : '',
    machine: `${pace.quick ? 'A short run. ' : ''}${machine.processors} processors (${machine.processor}), ${machine.memoryGiB} GiB, ${machine.fileSystem}, ${machine.system}; flushing 4 KiB takes ${ms(summary.flushP50)} ms.`,
    time: `${at.slice(0, 10)}, ${many(rounds.length, 'round')}; the load before\neach contender's turn was ${Math.min(...loads)} to ${Math.max(...loads)}, the one before it included.`,
  };
}
