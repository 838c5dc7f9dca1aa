// @ts-check
// What was tried, the latest first: what came of it, what was answered, what was logged.

import { duration, exact, plural } from "../lib/format.js";
import { html, useState } from "../lib/view.js";
import { State } from "./state.js";
import { Ago } from "./time.js";

const FEW = 20;

/** @param {{ attempts: any[] }} props */
export function Attempts({ attempts }) {
  return html`<ol class="talk">${[...attempts].reverse().map((attempt) => html`<li key=${`${attempt.attempt} ${attempt.startedAt}`}><${Attempt} attempt=${attempt} /></li>`)}</ol>`;
}

/** @param {{ attempt: any }} props */
function Attempt({ attempt }) {
  const [all, setAll] = useState(false);
  const lines = all ? attempt.logs : attempt.logs.slice(0, FEW);
  return html`
    <div class="row-of"><strong>${attempt.attempt}</strong> <${State} is=${attempt.outcome} />
      <span class="soft"><${Ago} at=${attempt.startedAt} />, for ${duration(Date.parse(attempt.finishedAt) - Date.parse(attempt.startedAt))}</span></div>
    ${attempt.error && html`<p class="log bad">${attempt.error}</p>`}
    <${Answer} answer=${attempt.detail} />
    ${lines.length > 0 && html`<div class="log" tabindex="0" role="region" aria-label=${`What attempt ${attempt.attempt} logged`}>${lines.map((/** @type {any} */ { at, line }) => html`<div><time class="soft" datetime=${at} title=${exact(at)}>${at.slice(11, 23)}</time>  ${line}</div>`)}</div>`}
    ${lines.length < attempt.logs.length && html`<button type="button" class="quiet small" onClick=${() => setAll(true)}>${plural(attempt.logs.length - lines.length, "more line")}</button>`}`;
}

/** What a webhook answered. @param {{ answer: any }} props */
export function Answer({ answer }) {
  if (!answer || answer.millis === undefined) return null;
  return html`
    <p class="small">${answer.status ? html`Answered <strong>${answer.status}</strong> after ${duration(answer.millis)}${answer.excerpt ? ":" : ", with nothing in it."}` : `Nobody answered, for ${duration(answer.millis)}.`}</p>
    ${answer.excerpt && html`<pre class="snippet" tabindex="0" aria-label="The answer">${answer.excerpt}${answer.cut ? " …" : ""}</pre>`}`;
}
