// @ts-check
// Whose jobs one may have made. Some kinds of the instance need more than what the page needs.

import { mayDo } from "./jobs.js";
import { whole } from "./lists.js";
import { useLoad } from "./load.js";
import { useHere } from "./session.js";

const listKinds = whole("jobs:read", "/api/job-kinds");

/** Tells whether one may do something to what makes such jobs, once that is known. */
export function useMayRun() {
  const here = useHere();
  const isAsked = here.tenant === "instance" && here.can("jobs:read");
  const kinds = useLoad(`what kinds need ${here.tenant}`, (signal) => (isAsked ? listKinds(here, signal) : Promise.resolve([])));
  return (/** @type {{ jobName: string }} */ { jobName }) => Boolean(kinds.data) && mayDo(here, kinds.data?.find((/** @type {any} */ kind) => kind.name === jobName));
}
