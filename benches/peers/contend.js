// One contender once through all measures, in a process of its own; the last line printed is the result.
//
//   contend.js <number of the contender> <pace as JSON> <directory>

import { CONTENDERS } from './contenders.js';
import { Place } from './place.js';

const [which, paceText, parent] = process.argv.slice(2);
const { name, variant, file, type, settings } = CONTENDERS[Number(which)];
const pace = JSON.parse(paceText);

const place = new Place(parent);
const contender = new (await import(`./contenders/${file}.js`))[type]({ ...settings, quick: pace.quick });
await contender.start(place);

// What a program does first it does slowly; nobody is judged by that.
await contender.measureEnqueue(8, pace.enqueueSeconds);

const result = { name, variant, durability: contender.durability, enqueue: [], drain: [] };
for (const callers of pace.callers)
  result.enqueue.push(await contender.measureEnqueue(callers, pace.enqueueSeconds));
for (const jobs of pace.drains) {
  result.drain.push(await contender.measureDrain(jobs, pace.drainLimit));
  // A larger backlog would be cut off by the limit as well.
  if (!result.drain.at(-1).whole) break;
}
result.steady = await contender.measureSteady(pace.steadyRate, pace.steadySeconds);
result.idle = await contender.measureIdle(pace.idleJobs, pace.idleLimit);

await contender.stop();
await place.leave();
console.log(JSON.stringify(result));
process.exit(0);
