// Steading as it is installed, but that a single user may ask as often as he can, and 2,000 may follow.

import { execFileSync } from 'node:child_process';

import { HttpContender } from './contender.js';
import { LIST_LENGTH, ask } from './desk.js';

const PASSWORD = 'a rather long sentence';
/** Rates are counted as they are by default, and never used up. */
const RATES = [
  'ADDRESS_READS',
  'USER_READS',
  'USER_WRITES',
  'USER_BULK',
  'TENANT_READS',
  'TENANT_WRITES',
  'TENANT_BULK',
];
const UNLIMITED = Object.fromEntries(RATES.map((rate) => [`STEADING__LIMITS__${rate}`, '1000000']));

export class Steading extends HttpContender {
  health = '/healthz';
  binary = process.env.STEADING;

  command(port) {
    const env = {
      ...UNLIMITED,
      STEADING__LIMITS__STREAMS: '2000',
      STEADING__LIMITS__STREAMS_PER_TENANT: '2000',
      STEADING__SERVER__LISTEN: `127.0.0.1:${port}`,
      STEADING__DATABASE__SYNCHRONOUS: this.synchronous,
    };
    return { args: ['--data', this.data, 'serve'], env };
  }

  prepare(place) {
    this.data = place.makeDir('steading');
  }

  async furnish() {
    this.#run('account', 'create', '--email', 'ada@example.org', '--owner');
    const tenant = JSON.parse(this.#run('tenant', 'create', '--json', 'peers', '--owner', 'ada@example.org'));
    const owner = this.#run('token', 'create', '--account', 'ada@example.org');
    this.owner = { authorization: `Bearer ${owner}`, 'x-tenant-id': 'peers' };
    await this.call(
      { method: 'PATCH', path: `/api/tenants/${tenant.id}`, body: { signup: 'open' } },
      this.owner,
    );
    const person = { email: 'bob@example.org', password: PASSWORD };
    const here = { 'x-tenant-id': 'peers' };
    await this.call({ method: 'POST', path: '/api/auth/signup', body: person }, here);
    const { data } = await this.call({ method: 'POST', path: '/api/auth/login', body: person }, here);
    this.headers = { authorization: `Bearer ${data.token}` };
  }

  create(number) {
    return { method: 'POST', path: '/api/requests', body: ask(number) };
  }

  show(id) {
    return { method: 'GET', path: `/api/requests/${id}` };
  }

  list() {
    return { method: 'GET', path: `/api/requests?status=open&limit=${LIST_LENGTH}` };
  }

  idOf({ data }) {
    return data.id;
  }

  lengthOf({ data }) {
    return data.length;
  }

  /** The events of the tenant, as its owner. */
  async follow() {
    const isThere = (heard) => heard.includes('\r\n\r\n') && heard.includes('text/event-stream');
    return (await this.openStream({ method: 'GET', path: '/api/events/stream' }, this.owner, isThere)).socket;
  }

  #run(...args) {
    return execFileSync(this.binary, ['--data', this.data, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    }).trim();
  }
}
