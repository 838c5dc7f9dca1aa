// Redis that flushes its log before it answers.

import { Redis } from 'ioredis';

import { accepts, freePort } from '../place.js';

export async function startRedis(place) {
  const [dir, port] = [place.makeDir('redis'), await freePort()];
  const settings = ['--bind', '127.0.0.1', '--port', String(port), '--dir', dir, '--save', ''];
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always'];
  await place.serve('redis-server', [...settings, ...durable, '--maxmemory-policy', 'noeviction'], {
    isUp: () => accepts(port),
  });
  const redis = new Redis({ port, host: '127.0.0.1' });
  const said = [];
  for (const [name, wanted] of [
    ['appendonly', 'yes'],
    ['appendfsync', 'always'],
  ]) {
    const [, value] = await redis.config('GET', name);
    if (value !== wanted) throw new Error(`Redis has ${name} ${value}.`);
    said.push(`${name} ${value}`);
  }
  const version = /redis_version:(\S+)/.exec(await redis.info('server'))[1];
  await redis.quit();
  return { connection: { host: '127.0.0.1', port }, durability: `Redis ${version}, ${said.join(', ')}` };
}
