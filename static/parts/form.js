// @ts-check
// Fields with their labels, hints and problems, and what a form says when it was refused.

import { Refused, sentence } from "../lib/api.js";
import { html, useId } from "../lib/view.js";

/**
 * One labelled field. `options` makes a choice of it, `rows` a larger one.
 * @param {any} props
 */
export function Field({ label, hint, error, path, options, rows, onValue, value, unseen, grow, ...rest }) {
  const id = useId();
  const problem = problemAt(error, path);
  const described = [hint ? `${id}-hint` : "", problem ? `${id}-problem` : ""].filter(Boolean).join(" ") || undefined;
  const common = {
    id, "aria-describedby": described, "aria-invalid": problem ? "true" : undefined,
    onInput: (/** @type {any} */ event) => onValue?.(event.target.value), ...rest,
  };
  let control = html`<input value=${value ?? ""} ...${common} />`;
  if (options) {
    control = html`<select ...${common}>${options.map((/** @type {any} */ option) => {
      const [key, word] = Array.isArray(option) ? option : [option, option];
      return html`<option value=${key} selected=${key === (value ?? "")}>${word}</option>`;
    })}</select>`;
  } else if (rows) {
    control = html`<textarea rows=${rows} value=${value ?? ""} ...${common}></textarea>`;
  }
  return html`
    <div class=${`field${grow ? " grow" : ""}`}>
      <label for=${id} class=${unseen ? "unseen" : undefined}>${label}</label>
      ${control}
      ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
      ${problem && html`<p class="problem" id=${`${id}-problem`}>${problem}</p>`}
    </div>`;
}

/** @param {any} props */
export function Tick({ label, checked, onValue, ...rest }) {
  return html`<label class="tick"><input type="checkbox" checked=${checked}
    onChange=${(/** @type {any} */ event) => onValue(event.target.checked)} ...${rest} /> <span>${label}</span></label>`;
}

/** @param {unknown} error @param {string | undefined} path */
function problemAt(error, path) {
  if (!(error instanceof Refused) || !path) return "";
  const found = error.details.filter((detail) => detail.path === path || detail.path.startsWith(`${path}.`) || detail.path.startsWith(`${path}[`));
  return found.map((detail) => sentence(detail.message)).join(" ");
}

/**
 * Why it was refused. What stands beside a field is not said twice.
 * @param {{ error?: any, known?: string[] }} props
 */
export function Alert({ error, known = [] }) {
  if (!error) return null;
  const details = error instanceof Refused ? error.details : [];
  const isKnown = (/** @type {string} */ path) => known.some((name) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`));
  const others = details.filter((detail) => !isKnown(detail.path));
  const text = details.length && !others.length
    ? "Something is not right yet; see the fields."
    : others.length ? others.map((detail) => sentence(`${detail.path} ${detail.message}`)).join(" ") : error.message;
  return html`<p class="alert" role="alert">${text}</p>`;
}

/**
 * A form whose submission is one call.
 * @param {any} props
 */
export function Form({ onSubmit, children, ...rest }) {
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    onSubmit();
  };
  return html`<form class="form" novalidate onSubmit=${submit} ...${rest}>${children}</form>`;
}
