// The work that every contender does, and what is measured of it.
//
// A contender gives these: `enqueue(number)` writes one durable job and resolves when it is acknowledged;
// `fill(count)` writes many; `work(begun)` starts workers whose handler does nothing but call
// `begun(number)`; `rest()` stops them; `left()` counts jobs that are not over; `empty()` removes them.

import { setTimeout as sleep } from 'node:timers/promises';

import { round, timesOf } from './stats.js';

const now = () => performance.now();
const MOST_UNANSWERED = 1_000;

export class Contender {
  /** Callers that each wait for the acknowledgement before they enqueue another. */
  async measureEnqueue(callers, seconds) {
    const taken = [];
    const began = now();
    const end = began + seconds * 1_000;
    const call = async () => {
      while (now() < end) {
        const asked = now();
        await this.enqueue(0);
        taken.push(now() - asked);
      }
    };
    await Promise.all(Array.from({ length: callers }, call));
    const rate = taken.length / ((now() - began) / 1_000);
    await this.empty();
    return { callers, perSecond: round(rate, 1), ...timesOf(taken) };
  }

  /** A backlog worked off: from the first handler's beginning until the last job is over in the store. */
  async measureDrain(jobs, limit) {
    await this.fill(jobs);
    let done = 0;
    let first = null;
    const end = now() + limit * 1_000;
    await this.work(() => {
      first ??= now();
      done += 1;
    });
    while (done < jobs && now() < end) await sleep(2);
    let left = done < jobs ? jobs - done : await this.left();
    while (done >= jobs && left > 0 && now() < end) left = await this.left();
    const seconds = (now() - (first ?? now())) / 1_000;
    await this.rest();
    await this.empty();
    return drained(jobs, jobs - left, seconds);
  }

  /** Jobs that come at a fixed rate whether or not the last was answered; each time counts from when it was due. */
  async measureSteady(rate, seconds) {
    const jobs = rate * seconds;
    const taken = [];
    let due;
    await this.work((number) => taken.push(now() - due(number)));
    due = dueFrom(now() + 50, rate);
    const accepted = await offer(jobs, due, (number) => this.enqueue(number));
    const end = due(jobs) + 1_000;
    while (taken.length < jobs && now() < end) await sleep(5);
    const steady = {
      rate,
      seconds,
      accepted,
      begun: taken.length,
      keptUp: taken.length >= jobs,
      ...timesOf(taken),
    };
    await this.rest();
    await this.empty();
    return steady;
  }

  /** One job at a time for workers that have nothing to do: from the call to the handler's beginning. */
  async measureIdle(jobs, limit) {
    let begun;
    await this.work(() => begun());
    const taken = [];
    const end = now() + limit * 1_000;
    for (let number = 0; number < jobs && now() < end; number += 1) {
      const asked = await new Promise((resolve, reject) => {
        const at = now();
        begun = () => resolve(now() - at);
        this.enqueue(number).catch(reject);
      });
      taken.push(asked);
      await sleep(10);
    }
    await this.rest();
    await this.empty();
    return { jobs: taken.length, ...timesOf(taken) };
  }
}

export function drained(jobs, done, seconds) {
  return {
    jobs,
    done,
    whole: done === jobs,
    seconds: round(seconds),
    perSecond: seconds > 0 ? round(done / seconds, 1) : null,
  };
}

/** When the n-th job of a steady stream is due. */
export function dueFrom(start, rate) {
  return (number) => start + (number * 1_000) / rate;
}

/** Sends each job when it is due, and says how many were accepted. */
export async function offer(jobs, due, enqueue) {
  let [unanswered, accepted, sent] = [0, 0, 0];
  const calls = [];
  const end = due(jobs) + 1_000;
  while (sent < jobs && now() < end) {
    while (sent < jobs && due(sent) <= now() && unanswered < MOST_UNANSWERED) {
      unanswered += 1;
      const call = enqueue(sent).then(() => (accepted += 1));
      calls.push(call.finally(() => (unanswered -= 1)));
      sent += 1;
    }
    await sleep(1);
  }
  await Promise.all(calls);
  return accepted;
}
