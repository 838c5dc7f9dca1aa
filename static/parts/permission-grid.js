// @ts-check
// Permissions as a grid: an area to a row, a verb to a column. What a star includes is ticked too.

import { byArea, covers, holds } from "../lib/allow.js";
import { html } from "../lib/view.js";

const FIRST = ["read", "write", "delete"];

/**
 * @param {{ permissions: any[], chosen: string[], onChosen?: (chosen: string[]) => void, stars?: boolean, label: string }} props
 *   without `onChosen` it only shows
 */
export function PermissionGrid({ permissions, chosen, onChosen, stars = false, label }) {
  const areas = byArea(permissions);
  const all = [...new Set(areas.flatMap(({ verbs }) => [...verbs.keys()]))];
  const verbs = [...FIRST.filter((verb) => all.includes(verb)), ...all.filter((verb) => !FIRST.includes(verb)).sort()];
  const toggle = (/** @type {string} */ name) => onChosen?.(chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen.filter((one) => !covers(name, one)), name]);
  const box = (/** @type {string} */ name, /** @type {string} */ title) => {
    if (!onChosen) {
      const has = holds(chosen, name);
      return html`<span class=${has ? "good" : "soft"} title=${title}><span aria-hidden="true">${has ? "✓" : "·"}</span><span class="unseen">${has ? "yes" : "no"}: ${title}</span></span>`;
    }
    const byStar = chosen.some((pattern) => pattern !== name && covers(pattern, name));
    return html`<input type="checkbox" aria-label=${`${name}: ${title}`} title=${byStar ? `${title} (included by ${chosen.find((pattern) => pattern !== name && covers(pattern, name))})` : title}
      checked=${holds(chosen, name)} disabled=${byStar} onChange=${() => toggle(name)} />`;
  };
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label=${label}><table class="grid-of">
      <thead><tr><th scope="col">Area</th>${verbs.map((verb) => html`<th scope="col">${verb}${stars && onChosen && html`<br />${box(`*:${verb}`, `everything of ${verb}`)}`}</th>`)}${stars && html`<th scope="col">all of it</th>`}</tr></thead>
      <tbody>${areas.map((area) => html`<tr key=${area.area}><th scope="row">${area.area}</th>
        ${verbs.map((verb) => html`<td>${area.verbs.has(verb) ? box(`${area.area}:${verb}`, area.verbs.get(verb)?.summary) : ""}</td>`)}
        ${stars && html`<td>${box(`${area.area}:*`, `all of ${area.area}, what a later version adds too`)}</td>`}</tr>`)}
        ${stars && onChosen && html`<tr><th scope="row">everything</th><td colspan=${verbs.length}></td><td>${box("*:*", "everything there is and will be")}</td></tr>`}
      </tbody></table></div>`;
}
