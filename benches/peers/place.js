// Where a contender works: a temporary directory, free ports, and the servers it started.
// Whatever happens to the process, its servers end with it.

import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execFileSync } from 'node:child_process';

const IN_MEMORY = [0x01021994, 0x858458f6];
const PATIENCE = 30_000;

export class Place {
  #servers = [];

  constructor(parent) {
    if (IN_MEMORY.includes(statfsSync(parent).type)) {
      throw new Error(`${parent} is kept in memory, where nothing is durable; choose another with --dir.`);
    }
    this.dir = mkdtempSync(join(parent, 'steading-peers-'));
    chmodSync(this.dir, 0o755);
    process.on('exit', () => this.#abandon());
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));
  }

  /** A directory of its own, for a user of its own where a server refuses to be root. */
  makeDir(name, user) {
    const dir = join(this.dir, name);
    mkdirSync(dir, { mode: 0o700 });
    if (user) chownSync(dir, user.uid, user.gid);
    return dir;
  }

  /** Starts a server and waits until `isUp` says that it answers. */
  async serve(command, args, { env = {}, user, isUp, onLine, stop = 'SIGTERM', pause = 20 }) {
    const child = spawn(command, args, {
      cwd: this.dir,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(user && { uid: user.uid, gid: user.gid }),
    });
    const server = { child, stop, said: '' };
    this.#servers.push(server);
    for (const stream of [child.stdout, child.stderr]) {
      let rest = '';
      stream.setEncoding('utf8').on('data', (text) => {
        if (server.said.length < 20_000) server.said += text;
        if (!onLine) return;
        const lines = (rest + text).split('\n');
        rest = lines.pop();
        lines.forEach(onLine);
      });
    }
    child.on('error', (error) => (server.said += error.message));
    const end = Date.now() + PATIENCE;
    while (!(await isUp(server))) {
      if (child.exitCode !== null || child.pid === undefined || Date.now() > end) {
        throw new Error(`${command} did not start: ${server.said}`);
      }
      await sleep(pause);
    }
    return server;
  }

  async end({ child, stop }) {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(stop);
    await Promise.race([gone, sleep(PATIENCE, undefined, { ref: false })]);
  }

  async leave() {
    for (const server of this.#servers.reverse()) await this.end(server);
    this.#abandon();
  }

  #abandon() {
    for (const { child } of this.#servers) if (child.exitCode === null) child.kill('SIGKILL');
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** A port that nobody listens on. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Whether something accepts connections there. */
export function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

/** Somebody else than root for a server that refuses root; nobody in particular when we are not root. */
export function humbleUser() {
  if (userInfo().uid !== 0) return undefined;
  const id = (flag, name) =>
    Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
  for (const name of ['postgres', 'nobody']) {
    try {
      return { name, uid: id('-u', name), gid: id('-g', name) };
    } catch {
      continue;
    }
  }
  throw new Error('There is no user postgres or nobody to run PostgreSQL as.');
}
