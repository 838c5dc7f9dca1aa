// @ts-check
// Who is signed in, the theme, and the way out.

import { initials } from "../lib/format.js";
import { html, useState } from "../lib/view.js";
import { Drop } from "./drop.js";

const THEMES = [["", "As the system has it"], ["light", "Light"], ["dark", "Dark"]];

/** @param {{ session: import("../lib/session.js").Session, onSignOut: () => void }} props */
export function SessionMenu({ session, onSignOut }) {
  const [theme, setTheme] = useState(localStorage.getItem("theme") ?? "");
  const choose = (/** @type {string} */ next) => {
    setTheme(next);
    localStorage.setItem("theme", next);
    if (next) document.documentElement.dataset.theme = next;
    else delete document.documentElement.dataset.theme;
  };
  const called = session.user.name || session.user.email;
  return html`
    <${Drop} label=${initials(called)} name=${`Signed in as ${called}`} kind="button small">
      <div class="about"><strong>${called}</strong><div class="small soft">${session.user.email}</div></div>
      <a class="item" href="/me">Profile, password, sessions</a>
      <div role="radiogroup" aria-label="Theme">
        ${THEMES.map(([value, word]) => html`<button type="button" class="item" role="radio" aria-checked=${theme === value} onClick=${() => choose(value ?? "")}>${word}<span aria-hidden="true">${theme === value ? "✓" : ""}</span></button>`)}
      </div>
      <button type="button" class="item" onClick=${onSignOut}>Sign out</button>
    <//>`;
}
