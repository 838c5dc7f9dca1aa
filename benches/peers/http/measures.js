// The work that every contender does over HTTP, and what is measured of it.

import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { median } from '../stats.js';
import { LIST_LENGTH } from './desk.js';
import { send, writeRequests } from './load.js';
import { memory, processorTime } from './process.js';

/** Requests of one kind that differ, sent in turn. */
const VARIETY = 1_000;

/** How long a server is left alone before its memory is read. */
const REST = 1_000;
const OPENED_AT_ONCE = 50;

export async function measure(contender, dir, pace) {
  await contender.serve();
  await contender.furnish();
  const ids = await contender.fill(pace.records);
  await mustBeWhole(contender, ids);
  const starts = [];
  while (starts.length < pace.starts) starts.push(await contender.serve());
  await sleep(REST);
  const idle = memory(contender.pid);
  const rates = await measureRates(contender, dir, ids, pace);
  const loaded = memory(contender.pid);
  await contender.mustFlush();
  return {
    binaryBytes: statSync(contender.binary).size,
    startMillis: median(starts),
    idle,
    loaded,
    rates,
    streams: await measureStreams(contender, pace),
  };
}

/** A fast wrong answer would be no figure. */
async function mustBeWhole(contender, ids) {
  const listed = contender.lengthOf(await contender.call(contender.list()));
  if (listed !== LIST_LENGTH) throw new Error(`The list has ${listed} records instead of ${LIST_LENGTH}.`);
  const shown = contender.idOf(await contender.call(contender.show(ids[0])));
  if (shown !== ids[0]) throw new Error(`The record ${ids[0]} was asked for and ${shown} came.`);
}

/** All reads come before all writes, so that everybody reads a table of the same size. */
async function measureRates(contender, dir, ids, { connections, seconds }) {
  const some = Array.from({ length: VARIETY }, () => ids[Math.floor(Math.random() * ids.length)]);
  const numbers = Array.from({ length: VARIETY }, (_, nth) => nth);
  const kinds = {
    health: [{ method: 'GET', path: contender.health }],
    read: some.map((id) => contender.show(id)),
    list: [contender.list()],
    create: numbers.map((number) => contender.create(number)),
  };
  const headers = { ...contender.headers, 'Content-Type': 'application/json' };
  const rates = [];
  for (const [kind, requests] of Object.entries(kinds)) {
    const file = writeRequests(dir, kind, headers, requests);
    const load = { port: contender.port, pid: contender.pid, file };
    // What a program does first it does slowly; nobody is judged by that.
    await send({ ...load, connections: 16, seconds: 1 });
    const span = kind === 'health' ? 1 : seconds;
    for (const count of connections) {
      rates.push({
        kind,
        connections: count,
        ...(await send({ ...load, connections: count, seconds: span })),
      });
    }
  }
  return rates;
}

/** Clients that are told of changes, and of which there are none. */
async function measureStreams(contender, { streams, streamSeconds }) {
  await contender.serve();
  await sleep(REST);
  const before = memory(contender.pid);
  const sockets = [];
  while (sockets.length < streams) {
    const opened = Array.from({ length: Math.min(OPENED_AT_ONCE, streams - sockets.length) }, () =>
      contender.follow(),
    );
    sockets.push(...(await Promise.all(opened)));
  }
  await sleep(REST);
  const used = processorTime(contender.pid);
  await sleep(streamSeconds * 1_000);
  const percent = ((processorTime(contender.pid) - used) / streamSeconds) * 100;
  const after = memory(contender.pid);
  const open = sockets.filter((socket) => !socket.destroyed).length;
  if (open < streams) throw new Error(`${streams - open} of ${streams} streams broke.`);
  sockets.forEach((socket) => socket.destroy());
  return { streams, before, after, kibOfEach: (after.rss - before.rss) / streams, percent };
}
