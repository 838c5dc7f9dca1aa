// One contender once through all measures over HTTP, in a process of its own; the last line printed is the result.
//
//   contend.js <number of the contender> <pace as JSON> <directory>

import { Place } from '../place.js';
import { CONTENDERS } from './contenders.js';
import { measure } from './measures.js';

const [which, paceText, parent] = process.argv.slice(2);
const { name, variant, synchronous, file, type } = CONTENDERS[Number(which)];

const place = new Place(parent);
const contender = new (await import(`./${file}.js`))[type](synchronous, place);
contender.prepare(place);
const result = await measure(contender, place.dir, JSON.parse(paceText));
await contender.rest();
await place.leave();
console.log(JSON.stringify({ name, variant, synchronous, ...result }));
process.exit(0);
