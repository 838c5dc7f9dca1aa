// The page of a run's figures, out of the figures:
//
//   markdown.js docs/benchmarks/http-peers.json > docs/benchmarks/http.md

import { readFileSync } from 'node:fs';

import { PARTS } from './parts.js';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const part = PARTS.find(({ name }) => name === (report.part ?? 'jobs'));
process.stdout.write(part.page(report));
