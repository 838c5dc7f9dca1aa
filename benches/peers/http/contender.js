// What both contenders have in common: a server that is started, timed and asked.
//
// One of them gives these: `binary`, and `command(port)` says how it is started; `prepare(place)` makes what it needs
// before; `furnish()` makes its people and its collection; `create(number)`, `show(id)` and `list()` are requests;
// `idOf` and `lengthOf` read their replies; `follow()` opens a stream; `health` answers when it is up.

import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { Pool } from 'undici';

import { freePort } from '../place.js';
import { round } from '../stats.js';

const CALLERS = 64;
const now = () => performance.now();

export class HttpContender {
  constructor(synchronous, place) {
    this.synchronous = synchronous;
    this.place = place;
    this.headers = {};
  }

  /** Starts the server and says how many milliseconds went by until its first answer. */
  async serve() {
    await this.rest();
    this.port = await freePort();
    const { args, env } = this.command(this.port);
    const began = now();
    this.server = await this.place.serve(this.binary, args, { env, isUp: () => this.#answers(), pause: 1 });
    const took = round(now() - began, 1);
    this.pid = this.server.child.pid;
    this.pool = new Pool(`http://127.0.0.1:${this.port}`, { connections: CALLERS, pipelining: 1 });
    return took;
  }

  async rest() {
    await this.pool?.destroy();
    if (this.server) await this.place.end(this.server);
  }

  /** Makes so many records, and gives back their ids. */
  async fill(count) {
    const ids = [];
    let next = 0;
    const fill = async () => {
      while (next < count) {
        next += 1;
        ids.push(this.idOf(await this.call(this.create(next))));
      }
    };
    await Promise.all(Array.from({ length: CALLERS }, fill));
    return ids;
  }

  async call({ method, path, body }, headers = this.headers) {
    const { statusCode, body: reply } = await this.pool.request({
      method,
      path,
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
      body: body && JSON.stringify(body),
    });
    const text = await reply.text();
    if (statusCode >= 300) throw new Error(`${method} ${path} was answered with ${statusCode}: ${text}`);
    return text && JSON.parse(text);
  }

  /** Fails when it does not flush as it is said to. Who was configured to needs no asking. */
  async mustFlush() {}

  /** Tries without a pause until the server answers: a start takes some milliseconds. */
  #answers() {
    return new Promise((resolve) => {
      const socket = connect(this.port, '127.0.0.1');
      const is = (answer) => () => {
        socket.destroy();
        resolve(answer);
      };
      socket.on('connect', () => socket.write(`GET ${this.health} HTTP/1.1\r\nhost: peers\r\n\r\n`));
      socket.once('data', (bytes) => is(bytes.toString('latin1').startsWith('HTTP/1.1 200'))());
      socket.on('error', is(false)).on('close', is(false));
    });
  }

  /** A connection over which events come; resolves with what came first, once `isThere` finds it. */
  async openStream({ method, path }, headers, isThere) {
    const socket = connect(this.port, '127.0.0.1').setEncoding('utf8');
    const head = Object.entries({ host: 'peers', accept: 'text/event-stream', ...headers });
    socket.write(`${method} ${path} HTTP/1.1\r\n${head.map((pair) => pair.join(': ')).join('\r\n')}\r\n\r\n`);
    let heard = '';
    const opened = new Promise((resolve, reject) => {
      const hear = (text) => {
        heard += text;
        if (!isThere(heard)) return;
        socket.off('data', hear).resume();
        resolve(heard);
      };
      socket.on('data', hear).on('error', reject);
      socket.on('close', () => reject(new Error(`A stream ended: ${heard}`)));
    });
    const patience = sleep(20_000, undefined, { ref: false }).then(() => {
      throw new Error(`A stream did not begin: ${heard}`);
    });
    return { socket, heard: await Promise.race([opened, patience]) };
  }
}
