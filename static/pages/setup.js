// @ts-check
// The first run: makes the owner with the code that stands after the # of this page's address.

const form = /** @type {HTMLFormElement} */ (document.getElementById("setup"));
const problem = /** @type {HTMLElement} */ (document.getElementById("problem"));
const done = /** @type {HTMLElement} */ (document.getElementById("done"));

const code = new URLSearchParams(location.hash.slice(1)).get("code") ?? "";
// The code is used once; it need not stand in the address bar or the history.
history.replaceState(null, "", location.pathname);

/** @param {any} reply */
function words(reply) {
  const details = reply.error.details ?? [];
  return details.length ? details.map((/** @type {any} */ d) => `${d.path} ${d.message}`).join("; ") : reply.error.message;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const fields = Object.fromEntries(new FormData(form));
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
  button.disabled = true;
  problem.textContent = "";
  try {
    const slug = String(fields.slug);
    const body = {
      code,
      email: fields.email,
      name: fields.name,
      password: fields.password,
      tenant: slug ? { slug, name: slug } : null,
    };
    const answer = await fetch("/api/setup", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const reply = await answer.json();
    if (!answer.ok) throw new Error(words(reply));
    form.hidden = true;
    done.hidden = false;
  } catch (error) {
    problem.textContent = error instanceof Error ? error.message : String(error);
    button.disabled = false;
  }
});

if (!code) problem.textContent = "This page needs the link that the server printed; `steading setup-link` prints a new one.";
