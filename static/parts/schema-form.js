// @ts-check
// A payload: a form where its schema allows one, or JSON that is checked as it is written.

import { faultsOf, fieldsOf, valueOf } from "../lib/schema.js";
import { toLocalField } from "../lib/format.js";
import { html, useState } from "../lib/view.js";
import { Field, Tick } from "./form.js";

/**
 * @param {{ schema: any, value: any, onValue: (value: any, faults: { path: string, message: string }[]) => void }} props
 */
export function PayloadField({ schema, value, onValue }) {
  const fields = fieldsOf(schema);
  const isPlain = value && typeof value === "object" && Object.keys(value).every((name) => fields?.some((field) => field.name === name));
  const [asJson, setAsJson] = useState(!fields || !isPlain);
  const [text, setText] = useState(JSON.stringify(value ?? {}, null, 2));
  const faults = faultsOf(schema, value);

  function write(/** @type {string} */ next) {
    setText(next);
    try {
      const parsed = JSON.parse(next);
      onValue(parsed, faultsOf(schema, parsed));
    } catch (error) {
      onValue(undefined, [{ path: "", message: error instanceof Error ? error.message : "is no JSON" }]);
    }
  }
  function put(/** @type {import("../lib/schema.js").FieldOf} */ field, /** @type {any} */ given) {
    const next = { ...value };
    const made = valueOf(field, given);
    if (made === undefined) delete next[field.name];
    else next[field.name] = made;
    setText(JSON.stringify(next, null, 2));
    onValue(next, faultsOf(schema, next));
  }
  const toggle = fields && html`<button type="button" class="quiet small" onClick=${() => { setText(JSON.stringify(value ?? {}, null, 2)); setAsJson(!asJson); }}>${asJson ? "As a form" : "As JSON"}</button>`;
  if (asJson || !fields) {
    const problem = jsonProblem(text);
    const said = problem ? [problem] : faults.map(({ path, message }) => `${path || "It"} ${message}.`);
    return html`
      <div class="field"><div class="row-of apart"><span class="label" id="payload-label">Payload</span>${toggle}</div>
        <textarea class="mono" rows=${10} spellcheck=${false} aria-labelledby="payload-label" aria-invalid=${said.length ? "true" : undefined}
          value=${text} onInput=${(/** @type {any} */ event) => write(event.target.value)}></textarea>
        ${said.map((line) => html`<p class="problem" role="status">${line}</p>`)}
      </div>`;
  }
  if (!fields.length) return html`<p class="soft">This kind takes no payload.</p>`;
  return html`
    <fieldset class="form"><legend class="row-of apart"><span class="label">Payload</span>${toggle}</legend>
      ${fields.map((field) => html`<${OneField} key=${field.name} field=${field} value=${value?.[field.name]} onValue=${(/** @type {any} */ given) => put(field, given)}
        fault=${faults.find((fault) => fault.path === field.name)?.message} />`)}
    </fieldset>`;
}

/** @param {any} props */
function OneField({ field, value, onValue, fault }) {
  const label = `${field.name}${field.required ? "" : " (optional)"}`;
  const hint = [field.hint, fault && `${fault}.`].filter(Boolean).join(" — ");
  if (field.kind === "tick") return html`<${Tick} label=${label} checked=${Boolean(value)} onValue=${onValue} />`;
  if (field.kind === "choice") return html`<${Field} label=${label} hint=${hint} value=${value} onValue=${onValue} options=${[...(field.required ? [] : [""]), ...field.choices]} />`;
  if (field.kind === "time") return html`<${Field} label=${label} hint=${hint} type="datetime-local" value=${toLocalField(value)} onValue=${onValue} />`;
  const type = field.kind === "number" ? { type: "number", step: field.whole ? 1 : "any" } : { type: "text" };
  return html`<${Field} label=${label} hint=${hint} value=${value} onValue=${onValue} ...${type} />`;
}

/** @param {string} text */
function jsonProblem(text) {
  try {
    JSON.parse(text);
    return "";
  } catch (error) {
    return `This is no JSON yet: ${error instanceof Error ? error.message : error}`;
  }
}
