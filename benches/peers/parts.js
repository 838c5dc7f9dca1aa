// What can be measured: beside other queues, and beside another backend.

import * as jobs from './contenders.js';
import * as http from './http/contenders.js';
import { httpPage } from './http/page.js';
import { summarizeHttp } from './http/summary.js';
import { jobsPage } from './page.js';
import { printReport } from './print.js';
import { summarize } from './summary.js';

const JOBS_PACE = { callers: [1, 8, 64], steadyRate: 2_000 };
const HTTP_PACE = { connections: [1, 16, 64] };

export const PARTS = [
  {
    name: 'jobs',
    title: 'Jobs beside graphile-worker, pg-boss, BullMQ, bunqueue and beanstalkd',
    contenders: jobs.CONTENDERS,
    nameOf: jobs.nameOf,
    script: 'contend.js',
    full: {
      ...JOBS_PACE,
      quick: false,
      enqueueSeconds: 1,
      drains: [20_000, 100_000],
      drainLimit: 8,
      steadySeconds: 10,
      idleJobs: 200,
      idleLimit: 6,
    },
    quick: {
      ...JOBS_PACE,
      quick: true,
      enqueueSeconds: 0.3,
      drains: [10_000],
      drainLimit: 3,
      steadySeconds: 2,
      idleJobs: 20,
      idleLimit: 3,
    },
    summarize,
    print: printReport,
    page: jobsPage,
  },
  {
    name: 'http',
    title: 'HTTP beside PocketBase',
    contenders: http.CONTENDERS,
    nameOf: http.nameOf,
    script: 'http/contend.js',
    full: {
      ...HTTP_PACE,
      quick: false,
      records: 10_000,
      starts: 5,
      seconds: 2,
      streams: 2_000,
      streamSeconds: 4,
    },
    quick: {
      ...HTTP_PACE,
      quick: true,
      records: 1_000,
      starts: 2,
      seconds: 1,
      streams: 200,
      streamSeconds: 1,
    },
    summarize: summarizeHttp,
    print: (report) => console.log(httpPage(report)),
    page: httpPage,
  },
];

/** The parts that a word means: one of them by its name, or those of whom a contender has it in his name. */
export function chosenBy(word) {
  const named = PARTS.filter((part) => part.name === word);
  const parts = named.length ? named : PARTS;
  const has = (name) => named.length > 0 || name.toLowerCase().includes(word.toLowerCase());
  return parts
    .map((part) => ({
      ...part,
      chosen: part.contenders
        .map((contender, which) => ({ ...contender, which }))
        .filter((contender) => has(part.nameOf(contender))),
    }))
    .filter((part) => part.chosen.length);
}
