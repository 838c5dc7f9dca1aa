// The generator of load: one thread of wrk, the same for all.

import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { round } from '../stats.js';
import { processorTime } from './process.js';

const SCRIPT = fileURLToPath(new URL('load.lua', import.meta.url));

/** Requests of one kind, written down as the generator reads them. */
export function writeRequests(dir, name, headers, requests) {
  const path = join(dir, `${name}.requests`);
  const head = Object.entries(headers).map(([header, value]) => `${header}: ${value}`);
  const lines = requests.map(({ method, path: target, body }) =>
    [method, target, body ? JSON.stringify(body) : ''].join('\t'),
  );
  writeFileSync(path, [...head, '', ...lines, ''].join('\n'));
  return path;
}

/** Sends them over so many connections, each of which waits for its reply. A refusal is a failure of the measurement. */
export async function send({ port, pid, file, connections, seconds }) {
  const before = processorTime(pid);
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', SCRIPT, `http://127.0.0.1:${port}`];
  const { stdout } = await promisify(execFile)('wrk', [...args, '--', file]);
  const used = processorTime(pid) - before;
  const { requests, micros, p50, p99, refused, broken } = JSON.parse(/^\{.*\}$/m.exec(stdout)[0]);
  if (refused + broken > 0) throw new Error(`${refused} replies were refusals and ${broken} broke: ${file}`);
  return {
    perSecond: round((requests / micros) * 1e6, 1),
    p50: round(p50 / 1_000),
    p99: round(p99 / 1_000),
    processorMicros: round((used * 1e6) / requests, 1),
  };
}
