// @ts-check
// Calls with which one begins: what is sent in them works as it stands.

import { operationsOf } from "./allow.js";

export const SAMPLES = /** @type {Record<string, any>} */ ({
  "/api/jobs/enqueue": { jobName: "system.ping", payload: { message: "hello" } },
  "/api/events": { type: "order.paid", subject: "o-7", payload: { amount: 120 } },
  "/api/subscriptions": { name: "chat", pattern: "order.*", target: { webhook: "https://chat.example.com/hook" } },
  "/api/requests": { title: "The printer is on fire" },
});

/**
 * What to try a key with: something that it may make, or else something that it may see.
 * @param {any} document the OpenAPI document
 * @param {{ permissions: string[], resources: string[] }} key
 * @returns {{ method: string, path: string, body?: any } | undefined}
 */
export function sampleFor(document, { permissions, resources }) {
  const may = operationsOf(document, permissions, resources);
  const made = may.find(({ method, path }) => method === "POST" && path in SAMPLES);
  if (made) return { method: "POST", path: made.path, body: SAMPLES[made.path] };
  return may.find(({ method, path }) => method === "GET" && !path.includes("{"));
}
