// @ts-check
// Events of a stream: taken apart as they come in, and gathered until they are handed on.

/**
 * Takes apart what came in; what is not finished stays for the next time.
 * @param {string} text
 * @returns {{ events: { name: string, data: string }[], rest: string }}
 */
export function parseEvents(text) {
  const blocks = text.replaceAll("\r\n", "\n").split("\n\n");
  const rest = blocks.pop() ?? "";
  const events = [];
  for (const block of blocks) {
    let name = "message";
    const data = [];
    for (const line of block.split("\n")) {
      if (line.startsWith("event:")) name = line.slice(6).trim();
      if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
    }
    if (data.length) events.push({ name, data: data.join("\n") });
  }
  return { events, rest };
}

/**
 * Adds an event to those that were gathered.
 * @param {{ counts?: any, jobs: Map<string, any>, lagged: boolean }} gathered
 * @param {{ name: string, data: string }} event
 */
export function gather(gathered, { name, data }) {
  if (name === "counts") gathered.counts = JSON.parse(data);
  if (name === "lagged") gathered.lagged = true;
  if (name === "job") {
    const job = JSON.parse(data);
    // The newest goes last, however often it was heard of.
    gathered.jobs.delete(job.id);
    gathered.jobs.set(job.id, job);
  }
}
