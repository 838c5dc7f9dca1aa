// @ts-check
// Yourself: what you are called, your password, and where you are signed in.

import { useAct, useLoad } from "../lib/load.js";
import { useHere } from "../lib/session.js";
import { html, useState } from "../lib/view.js";
import { send } from "../lib/api.js";
import { Confirm, useDialogs } from "../parts/dialog.js";
import { Shown } from "../parts/failure.js";
import { Alert, Field, Form, Tick } from "../parts/form.js";
import { Table } from "../parts/table.js";
import { Ago } from "../parts/time.js";
import { say } from "../parts/toast.js";

export default function Me() {
  const { session } = useHere();
  return html`
    <div class="head"><h1>You</h1></div>
    ${!session.places.length && session.realm === "instance" && html`<p class="notice"><span>You are in no tenant yet. Whoever looks after one adds you there by your address, <strong>${session.user.email}</strong>${
      session.instance.has("tenants:write") ? html`; or <a href="/instance">make one yourself</a>` : ""}.</span></p>`}
    <div class="panels"><${Profile} /><${Password} /></div>
    <${Sessions} />`;
}

function Profile() {
  const { session, refresh } = useHere();
  const [name, setName] = useState(session.user.name);
  const { run, busy, error } = useAct(async () => {
    await send("PATCH", "/api/auth/profile", { body: { name } });
    say("Changed.");
    await refresh();
  });
  return html`
    <section class="panel" aria-labelledby="profile"><header><h2 id="profile">Profile</h2></header><div class="body">
      <${Form} onSubmit=${run}>
        <p>You sign in with <strong>${session.user.email}</strong>${session.realm === "instance" ? "." : `, to ${session.realm}.`}</p>
        <${Field} label="Name" value=${name} onValue=${setName} error=${error} path="name" />
        <${Alert} error=${error} known=${["name"]} />
        <div><button type="submit" class="button" disabled=${busy || name === session.user.name}>Change it</button></div>
      <//></div></section>`;
}

function Password() {
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const [deleteKeys, setDeleteKeys] = useState(false);
  const isAccount = useHere().session.realm === "instance";
  const { run, busy, error } = useAct(async () => {
    const { data } = await send("POST", "/api/auth/password", { body: { oldPassword: old, newPassword: fresh, deleteKeys } });
    setOld("");
    setFresh("");
    setDeleteKeys(false);
    say(changed(data));
  });
  return html`
    <section class="panel" aria-labelledby="password"><header><h2 id="password">Password</h2></header><div class="body">
      <${Form} onSubmit=${run}>
        <${Field} label="The one you have" type="password" autocomplete="current-password" value=${old} onValue=${setOld} error=${error} path="oldPassword" />
        <${Field} label="A new one" hint="At least 10 characters. Your other sessions end." type="password" autocomplete="new-password" value=${fresh} onValue=${setFresh} error=${error} path="newPassword" />
        <${Tick} label=${`Delete my API keys as well${isAccount ? ", in every tenant" : ""}`} checked=${deleteKeys} onValue=${setDeleteKeys} />
        <${Alert} error=${error} known=${["oldPassword", "newPassword"]} />
        <div><button type="submit" class="button" disabled=${busy || !old || !fresh}>Change it</button></div>
      <//></div></section>`;
}

/** What a new password ended, and what goes on. @param {{ ended: number, deletedKeys: number, keysLeft: number }} data */
function changed({ ended, deletedKeys, keysLeft }) {
  const keys = (/** @type {number} */ count) => `${count} API ${count === 1 ? "key" : "keys"}`;
  return [
    "Your password is changed.",
    ended && "You were signed out everywhere else.",
    deletedKeys && `${keys(deletedKeys)} of yours ${deletedKeys === 1 ? "is" : "are"} deleted.`,
    keysLeft && `${keys(keysLeft)} of yours ${keysLeft === 1 ? "goes" : "go"} on working.`,
  ].filter(Boolean).join(" ");
}

function Sessions() {
  const asked = useLoad("sessions", async (signal) => (await send("GET", "/api/auth/sessions", { signal })).data);
  const { open, dialog } = useDialogs({
    end: (session, close) => html`<${Confirm} title="End this session" word="End it" onClose=${close}
      onYes=${async () => { await send("DELETE", `/api/auth/sessions/${session.id}`); say("Ended."); await asked.reload(); }}><p>Whoever uses it has to sign in again.</p><//>`,
    all: (_, close) => html`<${Confirm} title="Sign out everywhere" word="Sign out everywhere" onClose=${close}
      onYes=${async () => { await send("DELETE", "/api/auth/sessions"); location.assign("/sign-in"); }}><p>All of your sessions end, this one too.</p><//>`,
  });
  /** @type {import("../parts/table.js").Column[]} */
  const columns = [
    { label: "With", kind: "main-cell", cell: (session) => html`${deviceOf(session.userAgent)}${session.current ? html` <span class="chip">this one</span>` : ""}<span class="sub">from ${session.address}</span>` },
    { label: "Began", kind: "number", cell: (session) => html`<${Ago} at=${session.createdAt} />` },
    { label: "Ends", kind: "number", weight: 2, cell: (session) => html`<${Ago} at=${session.expiresAt} />` },
    { label: "End it", unseen: true, kind: "act", cell: (session) => !session.current && html`<button type="button" class="button small" onClick=${() => open("end", session)}>End</button>` },
  ];
  return html`
    <section class="panel" aria-labelledby="sessions"><header><h2 id="sessions">Where you are signed in</h2>
      <span class="push"><button type="button" class="button small" onClick=${() => open("all")}>Sign out everywhere</button></span></header>
      <${Shown} of=${asked}>${(/** @type {any[]} */ rows) => html`<${Table} caption="Your sessions" columns=${columns} rows=${rows} />`}<//>
    </section>${dialog}`;
}

/** What a browser says of itself, in two words. @param {string} agent */
function deviceOf(agent) {
  const browser = [["Edg/", "Edge"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"], ["curl/", "curl"]].find(([mark]) => agent.includes(mark ?? ""))?.[1];
  const system = [["Android", "Android"], ["iPhone", "iPhone"], ["Windows", "Windows"], ["Mac OS", "macOS"], ["Linux", "Linux"]].find(([mark]) => agent.includes(mark ?? ""))?.[1];
  return [browser ?? (agent.split(" ")[0] || "something unknown"), system].filter(Boolean).join(" on ");
}
