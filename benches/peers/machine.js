// What the figures were measured on.

import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { arch, cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';

import { round, timesOf } from './stats.js';

const FILE_SYSTEMS = {
  0xef53: 'ext2/3/4',
  0x58465342: 'xfs',
  0x9123683e: 'btrfs',
  0x2fc12fc1: 'zfs',
  0x794c7630: 'overlayfs',
};

export function describe(dir) {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    processors: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${distribution()}, Linux ${release().split('-')[0]}, ${arch()}`,
    fileSystem: FILE_SYSTEMS[statfsSync(dir).type] ?? 'another',
  };
}

export function load() {
  return round(loadavg()[0], 2);
}

/** How long this disk takes to flush 4 KiB written into a file that is there already, in milliseconds: the least. */
export function flushTimes(dir, seconds) {
  const path = join(dir, `steading-peers-flush-${process.pid}`);
  const file = openSync(path, 'w');
  const [blocks, block] = [1_024, Buffer.alloc(4_096, 1)];
  for (let nth = 0; nth < blocks; nth += 1) writeSync(file, block);
  fdatasyncSync(file);
  const taken = [];
  const end = performance.now() + seconds * 1_000;
  while (performance.now() < end) {
    const began = performance.now();
    writeSync(file, block, 0, block.length, (taken.length % blocks) * block.length);
    fdatasyncSync(file);
    taken.push(performance.now() - began);
  }
  closeSync(file);
  rmSync(path);
  return timesOf(taken);
}

function distribution() {
  try {
    return /PRETTY_NAME="(.*)"/.exec(readFileSync('/etc/os-release', 'utf8'))[1];
  } catch {
    return 'unknown';
  }
}
