// @ts-check
// A call as one writes it elsewhere: for curl, and for TypeScript.

/**
 * @typedef {{ method: string, url: string, tenant?: string, body?: any }} Asked
 */

/** Text as the shell takes it. @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * @param {Asked} asked
 * @param {string} [token] what stands for the token; `$TOKEN` when left out
 */
export function asCurl({ method, url, tenant, body }, token = "$TOKEN") {
  const lines = [`curl ${method === "GET" ? "" : `-X ${method} `}${quoted(url)}`, `  -H "Authorization: Bearer ${token}"`];
  if (tenant) lines.push(`  -H 'X-Tenant-ID: ${tenant}'`);
  if (body !== undefined) lines.push("  -H 'Content-Type: application/json'", `  -d ${quoted(JSON.stringify(body))}`);
  return lines.join(" \\\n");
}

/** @param {Asked} asked */
export function asTypeScript({ method, url, tenant, body }) {
  const headers = [
    "    Authorization: `Bearer ${process.env.TOKEN}`,",
    ...(tenant ? [`    "X-Tenant-ID": ${JSON.stringify(tenant)},`] : []),
    ...(body !== undefined ? ['    "Content-Type": "application/json",'] : []),
  ];
  const sent = body === undefined ? "" : `\n  body: JSON.stringify(${JSON.stringify(body, null, 2).replaceAll("\n", "\n  ")}),`;
  return `const reply = await fetch(${JSON.stringify(url)}, {
  method: ${JSON.stringify(method)},
  headers: {
${headers.join("\n")}
  },${sent}
});
const { data, error, meta } = await reply.json();
if (error) throw new Error(\`\${error.message} (trace \${meta.traceId})\`);`;
}
