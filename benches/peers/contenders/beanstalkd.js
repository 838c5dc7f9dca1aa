// beanstalkd: a log that is flushed after each write; no retries, no attempts, no history.

import { connect } from 'node:net';

import { Contender } from '../measures.js';
import { accepts, freePort } from '../place.js';

const CALLERS = 64;

export class Beanstalkd extends Contender {
  constructor(settings) {
    super();
    this.settings = settings;
  }

  async start(place) {
    this.port = await freePort();
    const args = ['-l', '127.0.0.1', '-p', String(this.port), '-b', place.makeDir('beanstalkd'), '-f', '0'];
    await place.serve('beanstalkd', args, { isUp: () => accepts(this.port) });
    this.durability = 'beanstalkd -f 0';
    this.lines = Array.from({ length: CALLERS }, () => new Line(this.port));
    this.next = 0;
  }

  enqueue(number) {
    const data = JSON.stringify({ number });
    this.next = (this.next + 1) % CALLERS;
    return this.lines[this.next].ask(`put 1000 0 60 ${data.length}\r\n${data}\r\n`, 'INSERTED');
  }

  async fill(count) {
    for (let sent = 0; sent < count; sent += 1_000) {
      await Promise.all(
        Array.from({ length: Math.min(1_000, count - sent) }, (_, n) => this.enqueue(sent + n)),
      );
    }
  }

  async work(begun) {
    this.workers = Array.from({ length: this.settings.workers }, () => new Line(this.port));
    for (const line of this.workers) this.#serve(line, begun);
  }

  async #serve(line, begun) {
    try {
      for (;;) {
        const { words, body } = await line.ask('reserve\r\n', 'RESERVED');
        begun(JSON.parse(body).number);
        await line.ask(`delete ${words[1]}\r\n`, 'DELETED');
      }
    } catch (error) {
      if (!line.closed) console.error(error.message);
    }
  }

  async rest() {
    for (const line of this.workers) line.close();
  }

  async left() {
    const { body } = await this.lines[0].ask('stats\r\n', 'OK');
    const count = (name) => Number(new RegExp(`current-jobs-${name}: (\\d+)`).exec(body)[1]);
    return count('ready') + count('reserved') + count('delayed') + count('urgent');
  }

  async empty() {
    const emptied = Array.from({ length: 16 }, () => new Line(this.port));
    await Promise.all(
      emptied.map(async (line) => {
        for (;;) {
          const { words } = await line.ask('reserve-with-timeout 0\r\n', 'RESERVED', 'TIMED_OUT');
          if (words[0] === 'TIMED_OUT') break;
          await line.ask(`delete ${words[1]}\r\n`, 'DELETED');
        }
        line.close();
      }),
    );
  }

  async stop() {
    for (const line of this.lines) line.close();
  }
}

/** A connection, on which answers come in the order of the questions. */
class Line {
  #waiting = [];
  #rest = '';

  constructor(port) {
    this.socket = connect(port, '127.0.0.1').setNoDelay(true).setEncoding('latin1');
    this.socket.on('data', (text) => this.#hear(text));
    this.socket.on('error', (error) => this.#end(error));
    this.socket.on('close', () => this.#end(new Error('beanstalkd hung up')));
  }

  ask(question, ...wanted) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ wanted, resolve, reject });
      this.socket.write(question);
    });
  }

  close() {
    this.closed = true;
    this.socket.destroy();
  }

  #hear(text) {
    this.#rest += text;
    for (let end; (end = this.#rest.indexOf('\r\n')) >= 0;) {
      const words = this.#rest.slice(0, end).split(' ');
      const length = { RESERVED: words[2], OK: words[1] }[words[0]];
      const after = length === undefined ? end + 2 : end + 4 + Number(length);
      if (this.#rest.length < after) return;
      const body = length === undefined ? '' : this.#rest.slice(end + 2, after - 2);
      this.#rest = this.#rest.slice(after);
      const { wanted, resolve, reject } = this.#waiting.shift();
      if (wanted.includes(words[0])) resolve({ words, body });
      else reject(new Error(`beanstalkd said ${words.join(' ')}`));
    }
  }

  #end(error) {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
