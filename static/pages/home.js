// @ts-check
// The first page: whether this server is ready, how to begin, and what can be called.

/**
 * Asks the server; the reply is JSON whatever the status is.
 * @param {string} path
 * @returns {Promise<any>}
 */
async function ask(path) {
  const reply = await fetch(path, { headers: { accept: "application/json" } });
  return reply.json();
}

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
function part(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no part ${id}.`);
  return element;
}

async function showState() {
  const state = part("state");
  try {
    const [ready, greeting] = await Promise.all([ask("/readyz"), ask("/api")]);
    const good = ready.data?.status === "ready";
    state.className = good ? "state good" : "state bad";
    state.textContent = good ? `ready, version ${greeting.data.version}` : ready.error.message;
  } catch {
    state.className = "state bad";
    state.textContent = "the server does not answer";
  }
}

/**
 * @param {string} text
 * @param {string} kind
 */
function cell(text, kind) {
  const made = document.createElement("td");
  made.className = kind;
  made.textContent = text;
  return made;
}

async function showRoutes() {
  const { paths } = await ask("/api/openapi.json");
  const rows = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const row = document.createElement("tr");
      row.append(
        cell(method.toUpperCase(), "method"),
        cell(path, "path"),
        cell(operation.summary, "summary"),
        cell(operation["x-permission"] ?? "none", "permission"),
      );
      return row;
    }),
  );
  part("routes").replaceChildren(...rows);
}

part("call").textContent = (part("call").textContent ?? "").replace("/api/requests", `${location.origin}/api/requests`);
showState();
showRoutes();
