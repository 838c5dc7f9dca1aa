// @ts-check
// Lists that go on: the first page, and more of them on demand.

import { useLoad } from "./load.js";

/**
 * @param {string} about
 * @param {(query: { limit: number, cursor?: string }, signal?: AbortSignal) => Promise<{ data: any[], meta: any }>} ask
 * @param {(error: unknown) => void} onProblem
 */
export function usePages(about, ask, onProblem) {
  const asked = useLoad(about, async (signal) => {
    const { data, meta } = await ask({ limit: 50 }, signal);
    return { rows: data, next: /** @type {string | null} */ (meta.nextCursor ?? null) };
  });
  const more = async () => {
    try {
      const { data, meta } = await ask({ limit: 50, cursor: asked.data?.next ?? undefined });
      asked.patch((list) => ({ rows: [...list.rows, ...data], next: meta.nextCursor ?? null }));
    } catch (error) {
      onProblem(error);
    }
  };
  return { ...asked, more };
}
