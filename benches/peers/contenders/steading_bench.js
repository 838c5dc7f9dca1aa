// Steading in process, as `steading bench` measures it: a caller of the library, workers in the same process.
// It has no steady stream of its own.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { round } from '../stats.js';

const run = promisify(execFile);
const WORKERS = 10;

export class SteadingBench {
  constructor(settings) {
    this.settings = settings;
  }

  async start(place) {
    this.dir = place.makeDir('steading');
    const report = await this.#bench();
    this.jobs = report.jobs;
    this.durability = `SQLite, synchronous = ${report.machine.synchronous.toUpperCase()} (the default)`;
  }

  async measureEnqueue(callers) {
    const { rate } = this.jobs.enqueued.find((cell) => cell.callers === callers);
    return { callers, perSecond: rate.perSecond, ...inMillis(rate) };
  }

  async measureDrain(backlog) {
    const { drained } = (await this.#bench('--jobs', backlog)).jobs;
    const { jobs, perSecond } = drained.find((cell) => cell.workers === WORKERS);
    return { jobs, done: jobs, whole: true, seconds: round(jobs / perSecond), perSecond };
  }

  async measureSteady() {
    return null;
  }

  async measureIdle() {
    return { ...inMillis(this.jobs.begun), p95: round(this.jobs.begunP95Micros / 1_000) };
  }

  async stop() {}

  /** All jobs belong to one tenant, since the others have none. */
  async #bench(...more) {
    const parts = ['--only', 'jobs', '--tenants', 1, ...(this.settings.quick ? ['--quick'] : []), ...more];
    const args = ['--data', this.dir, 'bench', '--json', ...parts].map(String);
    return JSON.parse((await run(process.env.STEADING, args, { maxBuffer: 2 ** 26 })).stdout);
  }
}

function inMillis(times) {
  return { p50: round(times.p50Micros / 1_000), p95: null, p99: round(times.p99Micros / 1_000) };
}
