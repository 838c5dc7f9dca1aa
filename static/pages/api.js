// @ts-check
// The API as a page: pick an operation, fill it in, send it as who is signed in, see what comes.

import { fetchFrom } from "../lib/api.js";
import { queryOf } from "../lib/query.js";
import { listOperations } from "../lib/allow.js";
import { duration } from "../lib/format.js";
import { useAct, useLoad } from "../lib/load.js";
import { useAddress } from "../lib/router.js";
import { exampleOf, resolve } from "../lib/schema.js";
import { useHere } from "../lib/session.js";
import { asCurl, asTypeScript } from "../lib/snippet.js";
import { html, useState } from "../lib/view.js";
import { Copy } from "../parts/copy.js";
import { Shown } from "../parts/failure.js";
import { Field } from "../parts/form.js";
import { JsonTree } from "../parts/json-tree.js";

export default function Api() {
  const here = useHere();
  const { query } = useAddress();
  const asked = useLoad("openapi", (signal) => here.read("/api/openapi.json", signal));
  const [search, setSearch] = useState("");
  return html`
    <div class="head"><h1>API</h1><div class="actions"><a class="button" href="/api/openapi.json" target="_blank" rel="noreferrer">The OpenAPI document</a></div></div>
    <${Shown} of=${asked}>${(/** @type {any} */ document) => {
      const all = listOperations(document);
      const wanted = search.trim().toLowerCase();
      const shown = all.filter(({ method, path, summary }) => `${method} ${path} ${summary}`.toLowerCase().includes(wanted));
      const picked = all.find(({ method, path }) => `${method} ${path}` === query.get("operation")) ?? shown[0] ?? all[0];
      return html`<div class="split">
        <section class="panel" aria-label="Operations"><div class="body tight"><${Field} label="Find an operation" type="search" unseen placeholder="Find an operation" value=${search} onValue=${setSearch} /></div>
          <nav class="operations" aria-label="Operations" tabindex="0">${groups(shown).map(({ area, operations }) => html`<div key=${area}><h3>${area}</h3>${operations.map((one) => html`
            <a key=${`${one.method} ${one.path}`} href=${here.at(`/api?operation=${encodeURIComponent(`${one.method} ${one.path}`)}`)} aria-current=${one === picked ? "page" : undefined}>
              <span class="verb">${one.method}</span><span>${one.summary}</span></a>`)}</div>`)}
            ${!shown.length && html`<p class="empty">No operation is called that.</p>`}</nav></section>
        ${picked && html`<${Operation} key=${`${picked.method} ${picked.path}`} ...${picked} document=${document} />`}
      </div>`;
    }}<//>`;
}

/** Operations by the first part of their path. @param {any[]} operations @returns {{ area: string, operations: any[] }[]} */
function groups(operations) {
  /** @type {Map<string, any[]>} */
  const areas = new Map();
  for (const one of operations) {
    const parts = one.path.split("/");
    const area = parts[1] === "api" && parts[2] ? parts[2].replace("openapi.json", "the API itself") : "the server";
    if (!areas.has(area)) areas.set(area, []);
    areas.get(area)?.push(one);
  }
  return [...areas].map(([area, list]) => ({ area, operations: list }));
}

/** @param {any} props */
function Operation({ method, path, summary, permission, operation, document }) {
  const here = useHere();
  const parameters = (operation.parameters ?? []).filter((/** @type {any} */ one) => one.in === "path" || one.in === "query");
  const schema = operation.requestBody?.content?.["application/json"]?.schema;
  const [values, setValues] = useState(/** @type {Record<string, string>} */ ({}));
  const [text, setText] = useState(schema ? JSON.stringify(exampleOf(schema, document), null, 2) : "");
  const [reply, setReply] = useState(/** @type {any} */ (null));
  const body = schema ? parsed(text) : { value: undefined };
  const filled = path.replace(/\{(\w+)\}/g, (/** @type {string} */ whole, /** @type {string} */ name) => (values[name] ? encodeURIComponent(values[name]) : whole));
  const query = Object.fromEntries(parameters.filter((/** @type {any} */ one) => one.in === "query").map((/** @type {any} */ one) => [one.name, values[one.name]]));
  const target = filled + queryOf(query);
  const asked = { method, url: location.origin + target, tenant: here.tenant, body: body.value };
  const missing = filled.includes("{");
  const { run, busy, error } = useAct(async () => {
    const began = performance.now();
    const answer = await fetchFrom(method, target, { tenant: here.tenant, body: body.value, signal: AbortSignal.timeout(15_000) });
    const isStream = answer.headers.get("content-type")?.startsWith("text/event-stream");
    if (isStream) await answer.body?.cancel();
    const said = isStream ? "A stream of events: it goes on until you leave. Use curl for it." : await answer.text();
    setReply({ status: answer.status, word: answer.statusText, took: performance.now() - began, text: said });
  });
  const put = (/** @type {string} */ name) => (/** @type {string} */ value) => setValues({ ...values, [name]: value });
  const mayNot = permission && !here.can(permission) && !here.session.instance.has(permission);
  return html`
    <section class="panel" aria-labelledby="operation">
      <header><h2 id="operation">${summary}</h2></header>
      <div class="body form">
        <p class="mono"><strong>${method}</strong> ${path}</p>
        ${permission && html`<p class="small soft">Needs <code>${permission}</code>.${mayNot ? html` <span class="warn">You do not hold it here.</span>` : ""}</p>`}
        ${parameters.length > 0 && html`<div class="two">${parameters.map((/** @type {any} */ one) => html`<${Parameter} key=${one.name} one=${one} document=${document} value=${values[one.name] ?? ""} onValue=${put(one.name)} />`)}</div>`}
        ${schema && html`<${Field} label="Body" rows=${Math.min(16, text.split("\n").length + 1)} class="mono" spellcheck=${false} value=${text} onValue=${setText} hint=${body.error ?? fieldsWord(schema, document)} aria-invalid=${body.error ? "true" : undefined} />`}
        ${method !== "GET" && html`<p class="small soft">This is sent for real, as you.</p>`}
        <div class="row-of"><button type="button" class="button main" disabled=${busy || missing || Boolean(body.error)} onClick=${run}>${busy ? "Sending …" : "Send"}</button>
          <${Copy} text=${asCurl(asked)} word="Copy as curl" kind="button" /> <${Copy} text=${asTypeScript(asked)} word="Copy as TypeScript" kind="button" /></div>
        ${error && html`<p class="alert" role="alert">${error.message}</p>`}
        ${reply && html`<${Answer} reply=${reply} />`}
      </div></section>`;
}

/** @param {any} props */
function Parameter({ one, document, value, onValue }) {
  const schema = resolve(one.schema, document);
  const label = `${one.name}${one.required ? "" : " (optional)"}`;
  if (schema.enum) return html`<${Field} label=${label} hint=${one.description} value=${value} onValue=${onValue} options=${["", ...schema.enum.map(String)]} />`;
  return html`<${Field} label=${label} hint=${one.description} placeholder=${schema.default === undefined ? "" : String(schema.default)} value=${value} onValue=${onValue} />`;
}

/** @param {any} schema @param {any} document */
function fieldsWord(schema, document) {
  const object = resolve(schema, document);
  const names = Object.keys(object.properties ?? {}).map((name) => ((object.required ?? []).includes(name) ? name : `${name}?`));
  return names.length ? `Takes ${names.join(", ")}.` : "";
}

/** @param {string} text @returns {{ value?: any, error?: string }} */
function parsed(text) {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { error: `This is no JSON yet: ${error instanceof Error ? error.message : error}` };
  }
}

/** @param {{ reply: { status: number, word: string, took: number, text: string } }} props */
function Answer({ reply }) {
  const json = parsed(reply.text);
  return html`
    <section class="stack" aria-label="The reply" aria-live="polite">
      <p class="row-of"><strong class=${reply.status < 400 ? "good" : "bad"}>${reply.status} ${reply.word}</strong><span class="soft">in ${duration(reply.took)}</span></p>
      ${json.error ? html`<pre class="snippet" tabindex="0">${reply.text}</pre>` : html`<div class="snippet"><${JsonTree} value=${json.value} label="The reply" /></div>`}
    </section>`;
}
