// Runs every contender, round after round, and prints what came of it. See README.md.

import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

import { indexPage } from './index.js';
import { describe, flushTimes, load } from './machine.js';
import { PARTS, chosenBy } from './parts.js';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = resolve(HERE, '../..');

/** Nobody takes this long but one that hangs. */
const PATIENCE = 240_000;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string', default: '' },
    dir: { type: 'string', default: '/var/tmp' },
    out: { type: 'string', default: join(ROOT, 'target/peers') },
  },
});
const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
const parts = chosenBy(values.only);
if (!parts.length)
  throw new Error(`Nobody is called ${values.only}; say jobs, http or a part of a contender's name.`);

let running;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    running?.kill('SIGTERM');
    process.exit(130);
  });
}

mkdirSync(values.out, { recursive: true });
const steading = await findSteading();
for (const part of parts) await measure(part);

async function measure(part) {
  const file = join(values.out, `${part.name}-peers.json`);
  const pace = values.quick ? part.quick : part.full;
  const report = {
    part: part.name,
    at: new Date().toISOString(),
    machine: describe(values.dir),
    versions: await versions(),
    pace,
    rounds: [],
  };
  for (let number = 1; number <= rounds; number += 1) {
    const round = { load: load(), flush: flushTimes(values.dir, 1), results: [] };
    // Every other round goes backwards, so that nobody always follows the same neighbour.
    for (const contender of number % 2 ? part.chosen : part.chosen.toReversed()) {
      process.stderr.write(`round ${number} of ${rounds}: ${part.nameOf(contender)} … `);
      const began = Date.now();
      const before = load();
      const result = await contend(contender, part.script, pace);
      console.error(result.failed ?? `${Math.round((Date.now() - began) / 1_000)} s`);
      round.results.push({ ...result, load: before });
    }
    report.rounds.push(round);
    report.summary = part.summarize(report);
    writeFileSync(file, textOf(report));
  }
  part.print(report);
  writeFileSync(join(values.out, `${part.name}.md`), part.page(report));
  writeFileSync(join(values.out, 'README.md'), indexPage(values.out, PARTS));
  console.log(`\nEvery figure of every round is in ${file}, and a page of them beside it.`);
}

/** Lets one take its turn; one that fails is left out of this round and says why. */
async function contend({ name, variant, synchronous, runtime, which }, script, pace) {
  const args = [join(HERE, script), String(which), JSON.stringify(pace), values.dir];
  const command = runtime === 'bun' ? join(HERE, 'node_modules/.bin/bun') : process.execPath;
  const env = { ...process.env, STEADING: steading, NODE_NO_WARNINGS: '1' };
  running = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [said, complaints] = ['', ''];
  running.stdout.setEncoding('utf8').on('data', (text) => (said += text));
  running.stderr.setEncoding('utf8').on('data', (text) => (complaints += text));
  const hangs = setTimeout(() => running.kill('SIGTERM'), PATIENCE);
  const code = await new Promise((done) => running.on('close', done));
  clearTimeout(hangs);
  if (complaints.trim()) console.error(complaints.trim().slice(0, 2_000));
  if (code !== 0) return { name, variant, synchronous, failed: `failed with ${code}` };
  return JSON.parse(said.trim().split('\n').at(-1));
}

/** JSON with the innermost figures on one line each. */
function textOf(value) {
  return `${JSON.stringify(value, null, 1).replace(/\{[^{}]*\}/g, (inner) => inner.replace(/\s+/g, ' '))}\n`;
}

/** The binary in STEADING, or the release build of this tree. */
async function findSteading() {
  const built = join(ROOT, 'target/release/steading');
  const path = process.env.STEADING ?? built;
  if (path === built) {
    console.error('building Steading …');
    await promisify(execFile)('cargo', ['build', '--release', '--locked'], { cwd: ROOT, maxBuffer: 2 ** 26 });
  }
  if (!existsSync(path)) throw new Error(`There is no ${path}; set STEADING to a binary.`);
  return resolve(path);
}

async function versions() {
  const { default: manifest } = await import('./package.json', { with: { type: 'json' } });
  const run = async (command) =>
    (await promisify(execFile)(command, ['--version'])).stdout.trim().split(' ').at(-1);
  const pocketbase = join(HERE, '.venv/bin/pocketbase');
  const others = existsSync(pocketbase) ? { pocketbase: await run(pocketbase) } : {};
  return { steading: await run(steading), ...manifest.dependencies, ...others };
}
