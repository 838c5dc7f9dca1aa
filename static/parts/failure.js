// @ts-check
// What stands where something should be: that it is coming, or why it is not.

import { Refused } from "../lib/api.js";
import { Component, html } from "../lib/view.js";
import { Copy } from "./copy.js";

/** @param {{ what?: string }} props */
export function Waiting({ what = "Loading …" }) {
  return html`<p class="waiting late" role="status">${what}</p>`;
}

/** @param {{ error: any, retry?: () => void }} props */
export function Failure({ error, retry }) {
  const trace = error instanceof Refused ? error.traceId : "";
  return html`
    <div class="empty" role="alert">
      <h2>${headingOf(error)}</h2>
      <p>${error?.message ?? String(error)}</p>
      ${trace && html`<p class="row-of"><span>The server's log has it under the trace <code>${trace}</code></span> <${Copy} text=${trace} word="Copy the trace id" /></p>`}
      ${retry && html`<p><button type="button" class="button" onClick=${retry}>Try again</button></p>`}
    </div>`;
}

/** @param {any} error */
function headingOf(error) {
  if (!(error instanceof Refused)) return "This did not work";
  return { 403: "You may not see this", 404: "There is no such thing here" }[error.status] ?? "The server refused this";
}

/**
 * What was asked for, or what there is to say meanwhile. What was there stays while it is asked anew.
 * @param {{ of: import("../lib/load.js").Loaded<any>, children: (data: any) => any }} props
 */
export function Shown({ of, children }) {
  if (of.data !== undefined) {
    return html`${of.error && html`<p class="alert" role="alert">${of.error.message} What you see is older.</p>`}${children(of.data)}`;
  }
  return of.error ? html`<${Failure} error=${of.error} retry=${of.reload} />` : html`<${Waiting} />`;
}

/** Keeps a fault of one page from taking the frame with it. */
export class Boundary extends Component {
  constructor() {
    super();
    this.state = { error: null };
  }

  /** @param {any} error */
  static getDerivedStateFromError(error) {
    return { error };
  }

  /** @param {any} props @param {any} state */
  render(props, state) {
    if (!state.error) return props.children;
    const text = `${state.error?.stack ?? state.error}`;
    return html`
      <div class="empty" role="alert">
        <h1>This page has a fault</h1>
        <p>Everything else goes on working. Loading the page anew may help; when it does not, tell who looks after this server.</p>
        <pre class="snippet">${text}</pre>
        <p class="row-of"><button type="button" class="button main" onClick=${() => location.reload()}>Load anew</button> <${Copy} text=${text} word="Copy the fault" kind="button" /></p>
      </div>`;
  }
}
