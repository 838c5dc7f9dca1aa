// @ts-check
// The fields of an object, as its JSON schema has them.

import { resolve } from "../lib/schema.js";
import { html } from "../lib/view.js";
import { Table } from "./table.js";

/** @param {{ schema: any, label: string }} props */
export function SchemaTable({ schema, label }) {
  const object = resolve(schema, schema);
  const required = new Set(object.required ?? []);
  const rows = Object.entries(object.properties ?? {}).map(([name, given]) => ({ name, given, field: resolve(given, schema), isRequired: required.has(name) }));
  if (!rows.length) return html`<p class="soft">It has no payload.</p>`;
  const columns = [
    { label: "Field", cell: (/** @type {any} */ row) => html`<code>${row.name}</code>` },
    { label: "Is", cell: (/** @type {any} */ row) => html`${kindOf(row.given, row.field)}${!row.isRequired && html` <span class="soft">or missing</span>`}` },
    ...(rows.some(wordOf) ? [{ label: "What it says", weight: /** @type {const} */ (2), cell: wordOf }] : []),
  ];
  return html`<${Table} caption=${label} columns=${columns} rows=${rows} keyOf=${(/** @type {any} */ row) => row.name} />`;
}

/** @param {any} row @returns {string} */
const wordOf = ({ given, field }) => given.description ?? field.description ?? "";

/** @param {any} given @param {any} field */
function kindOf(given, field) {
  if (field.enum) return field.enum.join(", ");
  const types = [field.type].flat().filter(Boolean);
  const isNullable = types.includes("null") || [given.type].flat().includes("null") || given.anyOf?.some((/** @type {any} */ one) => one.type === "null");
  const named = types.filter((type) => type !== "null").map((type) => (type === "string" && field.format ? field.format : type));
  return `${named.join(" or ") || "anything"}${isNullable && named.length ? " or null" : ""}`;
}
