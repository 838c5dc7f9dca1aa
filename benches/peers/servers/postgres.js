// PostgreSQL with a data directory of its own, as it comes but for the connections it may take.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import pg from 'pg';

import { freePort, humbleUser } from '../place.js';

export async function startPostgres(place) {
  const user = humbleUser();
  const [data, port] = [place.makeDir('postgres', user), await freePort()];
  const run = { cwd: place.dir, stdio: 'pipe', ...(user && { uid: user.uid, gid: user.gid }) };
  execFileSync(
    program('initdb'),
    ['-D', data, '-U', 'peers', '-A', 'trust', '--no-locale', '-E', 'UTF8'],
    run,
  );
  const settings = {
    fsync: 'on',
    synchronous_commit: 'on',
    listen_addresses: '127.0.0.1',
    unix_socket_directories: data,
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const url = `postgres://peers@127.0.0.1:${port}/postgres`;
  await place.serve(program('postgres'), ['-D', data, '-p', String(port), ...options], {
    user,
    stop: 'SIGINT',
    isUp: () => answers(url),
  });
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  pool.on('error', () => {});
  return { url, pool, durability: await durability(pool) };
}

async function answers(url) {
  const client = new pg.Client(url);
  client.on('error', () => {});
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

/** What the server itself says of its durability. */
async function durability(pool) {
  const said = [];
  for (const name of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    const { rows } = await pool.query(`SHOW ${name}`);
    said.push(`${name}=${rows[0][name]}`);
    if (rows[0][name] !== 'on') throw new Error(`PostgreSQL has ${name}=${rows[0][name]}.`);
  }
  const { rows } = await pool.query('SHOW server_version');
  return `PostgreSQL ${rows[0].server_version.split(' ')[0]}, ${said.join(', ')}`;
}

/** The server's programs lie apart from the others on Debian. */
function program(name) {
  try {
    const path = join(
      execFileSync('pg_config', ['--bindir'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim(),
      name,
    );
    if (existsSync(path)) return path;
  } catch {
    // Without the headers there is no pg_config.
  }
  for (let version = 30; version >= 12; version -= 1) {
    const path = `/usr/lib/postgresql/${version}/bin/${name}`;
    if (existsSync(path)) return path;
  }
  return name;
}
