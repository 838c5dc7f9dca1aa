// PocketBase: a collection with the same fields, an index for the list, and a user who may do these three things.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { HttpContender } from './contender.js';
import { LIST_LENGTH, ask } from './desk.js';

const BINARY = fileURLToPath(new URL('../.venv/bin/pocketbase', import.meta.url));
const PASSWORD = 'a rather long sentence';
const SIGNED_IN = '@request.auth.id != ""';
const STATES = ['open', 'in_progress', 'approved', 'rejected', 'done', 'cancelled'];

const COLLECTION = {
  name: 'requests',
  type: 'base',
  fields: [
    { name: 'title', type: 'text', required: true, max: 200 },
    { name: 'description', type: 'text', max: 20_000 },
    { name: 'status', type: 'select', required: true, maxSelect: 1, values: STATES },
    { name: 'priority', type: 'select', maxSelect: 1, values: ['low', 'normal', 'high', 'urgent'] },
    { name: 'requester', type: 'text', max: 15 },
    { name: 'assignee', type: 'text', max: 15 },
    { name: 'due_at', type: 'date' },
    { name: 'created', type: 'autodate', onCreate: true },
    { name: 'updated', type: 'autodate', onCreate: true, onUpdate: true },
  ],
  indexes: ['CREATE INDEX requests_by_status ON requests (status, created)'],
  listRule: SIGNED_IN,
  viewRule: SIGNED_IN,
  createRule: SIGNED_IN,
};

/** Tells the connection that writes how it is to flush, and answers what it does. */
const hooks = (synchronous) => `
onBootstrap((e) => {
  e.next();
  if (${synchronous === 'full'}) e.app.nonconcurrentDB().newQuery('PRAGMA synchronous = FULL').execute();
});
routerAdd('GET', '/durability', (e) => {
  const row = new DynamicModel({ synchronous: 0 });
  e.app.nonconcurrentDB().newQuery('PRAGMA synchronous').one(row);
  return e.json(200, row);
});
`;

export class PocketBase extends HttpContender {
  health = '/api/health';
  binary = BINARY;

  command(port) {
    return { args: ['serve', '--http', `127.0.0.1:${port}`, ...this.dirs] };
  }

  prepare(place) {
    const dir = place.makeDir('pocketbase');
    const hooksDir = place.makeDir('hooks');
    this.dirs = ['--dir', dir, '--hooksDir', hooksDir, '--migrationsDir', join(dir, 'migrations')];
    writeFileSync(join(hooksDir, 'peers.pb.js'), hooks(this.synchronous));
    execFileSync(BINARY, ['superuser', 'upsert', 'ada@example.org', PASSWORD, ...this.dirs]);
  }

  async furnish() {
    const owner = await this.#signIn('_superusers', 'ada@example.org');
    await this.call({ method: 'POST', path: '/api/collections', body: COLLECTION }, owner);
    const person = { email: 'bob@example.org', password: PASSWORD, passwordConfirm: PASSWORD };
    await this.call({ method: 'POST', path: '/api/collections/users/records', body: person });
    this.headers = await this.#signIn('users', 'bob@example.org');
  }

  create(number) {
    const body = { ...ask(number), status: 'open', requester: 'a1b2c3d4e5f6g7h' };
    return { method: 'POST', path: '/api/collections/requests/records', body };
  }

  show(id) {
    return { method: 'GET', path: `/api/collections/requests/records/${id}` };
  }

  /** Without the count of all records, which costs the more the more there are and which ours does not give either. */
  list() {
    const filter = encodeURIComponent("status='open'");
    const query = `perPage=${LIST_LENGTH}&skipTotal=1&sort=-created&filter=${filter}`;
    return { method: 'GET', path: `/api/collections/requests/records?${query}` };
  }

  idOf({ id }) {
    return id;
  }

  lengthOf({ items }) {
    return items.length;
  }

  /** A stream is told afterwards what it is for. */
  async follow() {
    const opened = /"clientId":"(\w+)"/;
    const stream = await this.openStream({ method: 'GET', path: '/api/realtime' }, {}, (heard) =>
      opened.test(heard),
    );
    const body = { clientId: opened.exec(stream.heard)[1], subscriptions: ['requests/*'] };
    await this.call({ method: 'POST', path: '/api/realtime', body });
    return stream.socket;
  }

  /** Its connection says how it flushes, which a hook can't be trusted to have changed. */
  async mustFlush() {
    const { synchronous } = await this.call({ method: 'GET', path: '/durability' });
    const said = ['off', 'normal', 'full'][synchronous];
    if (said !== this.synchronous) throw new Error(`PocketBase flushes as with ${said}.`);
  }

  async #signIn(collection, identity) {
    const path = `/api/collections/${collection}/auth-with-password`;
    const { token } = await this.call({ method: 'POST', path, body: { identity, password: PASSWORD } });
    return { authorization: token };
  }
}
