// Steading over HTTP: a server as it is installed, an API key, keep-alive connections.
//
// Handlers run in the server, so what they do is read back from it: when a job began and ended from its row
// (to the millisecond), and for idle workers from the line that `system.ping` writes to the log (to the microsecond).

import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

import { Pool } from 'undici';

import { Contender, drained, dueFrom, offer } from '../measures.js';
import { accepts, freePort } from '../place.js';
import { timesOf } from '../stats.js';

const CALLERS = 64;
const IN_A_CALL = 1_000;
const PAGE = 200;
const now = () => performance.now();

export class SteadingHttp extends Contender {
  constructor(settings) {
    super();
    this.settings = settings;
  }

  async start(place) {
    this.place = place;
    this.data = place.makeDir('steading');
    this.durability = 'SQLite, synchronous = FULL (the default)';
    await this.#serve('warn');
    this.#run('account', 'create', '--email', 'peers@example.org', '--owner');
    this.#run('tenant', 'create', 'peers');
    const token = this.#run('token', 'create', '--account', 'peers@example.org', '--tenant', 'peers');
    const allowed = ['jobs:read', 'jobs:write', 'queues:write'].flatMap((permission) => [
      '--allow',
      permission,
    ]);
    const key = JSON.parse(this.#run('key', 'create', '--json', '--token', token, ...allowed, 'peers'));
    this.headers = { authorization: `Bearer ${key.token}`, 'content-type': 'application/json' };
    await this.#call('POST', '/api/queues', { name: 'peers', paused: true });
  }

  enqueue(number) {
    return this.#call('POST', '/api/jobs/enqueue', ping(number));
  }

  async fill(count) {
    for (let sent = 0; sent < count; sent += IN_A_CALL) {
      const jobs = Array.from({ length: Math.min(IN_A_CALL, count - sent) }, (_, n) => ping(sent + n));
      await this.#call('POST', '/api/jobs/enqueue/batch', { jobs });
    }
  }

  work() {
    return this.#call('PATCH', '/api/queues/peers', { paused: false });
  }

  rest() {
    return this.#call('PATCH', '/api/queues/peers', { paused: true });
  }

  async left() {
    const { ready = 0, running = 0, scheduled = 0 } = (await this.#call('GET', '/api/jobs/stats')).states;
    return ready + running + scheduled;
  }

  async empty() {
    await this.work();
    while ((await this.left()) > 0) await sleep(5);
    await this.rest();
  }

  async measureDrain(jobs, limit) {
    await this.fill(jobs);
    const began = now();
    await this.work();
    let left = jobs;
    while (left > 0 && now() - began < limit * 1_000) {
      await sleep(2);
      left = await this.left();
    }
    const seconds = (now() - began) / 1_000;
    await this.empty();
    return drained(jobs, jobs - left, seconds);
  }

  async measureSteady(rate, seconds) {
    const jobs = rate * seconds;
    await this.work();
    const due = dueFrom(now() + 50, rate);
    const numbers = new Map();
    const accepted = await offer(jobs, due, async (number) => {
      numbers.set((await this.enqueue(number)).jobId, number);
    });
    const lag = due(jobs) + 1_000 - now();
    if ((await this.left()) > 0 && lag > 0) await sleep(lag);
    const left = await this.left();
    await this.empty();
    const wall = wallClock();
    const taken = (await this.#finished(accepted)).map(
      ({ id, finishedAt }) => Date.parse(finishedAt) - wall(due(numbers.get(id))),
    );
    return {
      rate,
      seconds,
      accepted,
      begun: accepted - left,
      keptUp: accepted === jobs && left === 0,
      ...timesOf(taken),
    };
  }

  async measureIdle(jobs, limit) {
    await this.#serve('info');
    await this.work();
    const taken = [];
    const end = now() + limit * 1_000;
    const wall = wallClock();
    for (let number = 0; number < jobs && now() < end; number += 1) {
      const asked = now();
      const [begun] = await Promise.all([new Promise((heard) => (this.heard = heard)), this.enqueue(number)]);
      taken.push(begun - wall(asked));
      await sleep(10);
    }
    await this.#serve('warn');
    await this.rest();
    return { jobs: taken.length, ...timesOf(taken) };
  }

  async stop() {
    await this.pool?.destroy();
  }

  async #serve(level) {
    await this.stop();
    if (this.server) await this.place.end(this.server);
    const port = await freePort();
    this.pool = new Pool(`http://127.0.0.1:${port}`, { connections: CALLERS, pipelining: 1 });
    const env = {
      ...this.settings.env,
      STEADING__SERVER__LISTEN: `127.0.0.1:${port}`,
      STEADING__LOG__LEVEL: level,
    };
    this.server = await this.place.serve(process.env.STEADING, ['--data', this.data, 'serve'], {
      env: { ...env, STEADING__LOG__FORMAT: 'json' },
      isUp: () => accepts(port),
      onLine: (line) => level === 'info' && this.#hear(line),
    });
  }

  #hear(line) {
    if (!line.startsWith('{')) return;
    const { timestamp, fields } = JSON.parse(line);
    if (fields.job) this.heard?.(micros(timestamp));
  }

  #run(...args) {
    return execFileSync(process.env.STEADING, ['--data', this.data, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    }).trim();
  }

  async #call(method, path, body) {
    const { statusCode, body: reply } = await this.pool.request({
      method,
      path,
      headers: this.headers,
      body: body && JSON.stringify(body),
    });
    const text = await reply.text();
    if (statusCode >= 300) throw new Error(`${method} ${path} was answered with ${statusCode}: ${text}`);
    const { data, meta } = JSON.parse(text);
    this.cursor = meta.nextCursor;
    return data;
  }

  /** The newest jobs. */
  async #finished(count) {
    const found = [];
    for (
      let after = '';
      after !== null && found.length < count;
      after = this.cursor && `&cursor=${encodeURIComponent(this.cursor)}`
    ) {
      found.push(...(await this.#call('GET', `/api/jobs?queue=peers&limit=${PAGE}${after}`)));
    }
    return found.slice(0, count);
  }
}

function ping(number) {
  return { jobName: 'system.ping', queue: 'peers', payload: { message: String(number) } };
}

/** Milliseconds since 1970 with their fraction, which `Date.parse` cuts off. */
function micros(timestamp) {
  const [, fraction] = /\.(\d+)Z$/.exec(timestamp);
  return Math.floor(Date.parse(timestamp) / 1_000) * 1_000 + Number(`0.${fraction}`) * 1_000;
}

/** From this process's exact clock to the time of day, set by watching a millisecond begin. */
function wallClock() {
  let offset = Infinity;
  for (let tries = 0; tries < 5; tries += 1) {
    const last = Date.now();
    while (Date.now() === last);
    offset = Math.min(offset, Date.now() - now());
  }
  return (at) => at + offset;
}
