// What the system says of a process.

import { readFileSync } from 'node:fs';

const TICKS_A_SECOND = 100;

/** The time that it took of the processors so far, in seconds. */
export function processorTime(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

/** What it holds of the memory, in KiB: all of it, what is its own alone, and the most that it ever held. */
export function memory(pid) {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kib = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)[1]);
  return { rss: kib('VmRSS'), own: kib('RssAnon'), most: kib('VmHWM') };
}
