// Hostile text, and a walk over the API's document that puts it into every field that takes text.

/** What is planted: each would do harm where text is taken for something else. */
export const HOSTILE = [
  `"'><planted-x data-planted onclick="planted()"><img src=x onerror="planted()"><script>planted()</script>`,
  `</title></textarea></style></script><svg onload=planted()><iframe src=javascript:planted()>`,
  "javascript:planted()//data:text/html,<script>planted()</script>",
  "${planted()}{{constructor.constructor('planted()')()}}#{planted()}%3Cimg%20src=x%20onerror=planted()%3E",
  "\\\",\"__proto__\":{\"planted\":1}}]\u2028\u2029</script>/*`",
  "\u202Egnp.\u2066exe\u200B\u200D\uFEFF\u00AD\u0301\u0301\u0301\u{1F469}\u200D\u{1F52C}",
  "=cmd|'/c calc'!A1 [x](javascript:planted()) ![](https://elsewhere.example/x.png) *|a|*",
  "W".repeat(4_000),
];

/** Operations that keep nothing of what they are sent, and one that needs a dead letter for each text: what it keeps is an event's payload. */
const LEFT_OUT = ["/api/jobs/claim", "/api/setup", "/api/auth/login", "/api/auth/password", "/api/dead-letters/{id}/correct"];

/** Fields whose text has a grammar of its own, secrets, and names of what has to be there. */
const NOT_FREE = ["cron", "timezone", "permissions", "handlers", "handler", "job"];

/** What a field may be that is not planted. @type {Record<string, (n: number) => any>} */
const KNOWN = {
  email: (n) => `person-${n}@hostile.example`, name: (n) => `planted-${n}`, slug: (n) => `planted-${n}`, title: () => "planted", body: () => "planted",
  text: () => "planted", subject: () => "planted", type: () => "order.planted", pattern: () => "order.*", target: () => ({ queue: "planted" }),
  permissions: () => ["requests:read"], role: () => "user", cron: () => "0 4 1 1 *", jobName: () => "system.ping", issuer: (n) => `https://issuer-${n}.example`,
  audience: () => ["planted"], to: () => "approved", error: () => "planted", password: () => "a very long word", queue: () => "planted",
};

/** Fields that others need beside them: kinds of jobs that nobody knows are for workers outside. @type {[string, string, () => any][]} */
const BESIDE = [["jobName", "queue", () => "planted"], ["roleClaim", "roles", () => ({ planted: "user" })], ["roles", "roleClaim", () => "planted"]];

let number = 0;

/** @typedef {{ where: string, isFree: boolean, make: (text: string) => any }} Place */

/** @param {any} schema @param {any} document @returns {any} */
const resolve = (schema, document) => (schema.$ref ? document.components.schemas[schema.$ref.split("/").at(-1)] : schema);

/** Something that a schema takes. @param {any} given @param {any} document @param {string} [name] @returns {any} */
function sample(given, document, name = "") {
  const schema = resolve(given, document);
  const known = KNOWN[name];
  if (known) return known(++number);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  const choice = (schema.oneOf ?? schema.anyOf)?.[0];
  if (choice) return sample(choice, document);
  const type = [schema.type].flat()[0];
  if (type === "object") {
    const fields = schema.properties ?? {};
    const beside = BESIDE.filter(([one, other]) => fields[one] && fields[other]).map(([, other, value]) => [other, value()]);
    return Object.fromEntries([...(schema.required ?? []).map((/** @type {string} */ key) => [key, sample(fields[key], document, key)]), ...beside]);
  }
  if (type === "array") return schema.minItems ? [sample(schema.items, document)] : [];
  if (type === "integer" || type === "number") return schema.minimum ?? 1;
  return type === "boolean" ? false : "planted";
}

/**
 * Where text may stand in what a schema takes, and how it is put there.
 * @param {any} given @param {any} document @param {string} [name]
 * @returns {Place[]}
 */
function placesIn(given, document, name = "") {
  const schema = resolve(given, document);
  const at = (/** @type {string} */ key, /** @type {Place[]} */ places, /** @type {(value: any) => any} */ wrap) =>
    places.map(({ where, isFree, make }) => ({ where: `${key}${where && `.${where}`}`, isFree, make: (/** @type {string} */ text) => wrap(make(text)) }));
  if (schema.const !== undefined || schema.enum) return [];
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return choices.flatMap((/** @type {any} */ choice) => placesIn(choice, document, name));
  const types = [schema.type ?? "anything"].flat();
  if (name === "filter") return [{ where: "amount", isFree: true, make: (text) => ({ amount: text }) }];
  if (types.includes("anything")) return [{ where: "", isFree: true, make: (text) => ({ [text.slice(0, 100)]: text, list: [text], deep: { text } }) }];
  if (types.includes("object")) {
    const fields = Object.entries(schema.properties ?? {}).flatMap(([key, field]) =>
      at(key, placesIn(field, document, key), (value) => ({ ...sample(schema, document), [key]: value })));
    const others = typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
    return others ? [...fields, { where: "*", isFree: true, make: (text) => ({ [text.slice(0, 100)]: sample(others, document, "role") }) }] : fields;
  }
  if (types.includes("array")) return at("0", placesIn(schema.items, document, name), (value) => [value]);
  if (!types.includes("string") || schema.format === "password") return [];
  const isFree = !schema.format && (!schema.pattern || schema.pattern === "\\S") && !NOT_FREE.includes(name);
  const prefix = schema.format === "uri" || name === "webhook" ? `https://host-${++number}.example/` : "";
  return [{ where: "", isFree, make: (text) => [...prefix + text].slice(0, schema.maxLength ?? 4_000).join("") }];
}

/**
 * Plants it all. What needs something to be there makes it first, as the same operations do.
 * @param {any} document
 * @param {((method: string, path: string, body?: any) => Promise<any>)[]} callers the first who may, does it
 * @returns {Promise<string[]>} fields that should take any text and took none
 */
export async function plant(document, callers) {
  const call = async (/** @type {string} */ method, /** @type {string} */ path, /** @type {any} */ body) => {
    for (const caller of callers) {
      const { error, data } = await caller(method, path, body).then((data) => ({ data, error: undefined }), (error) => ({ error, data: undefined }));
      if (!error) return data ?? {};
      if (!/: 403 /.test(String(error))) return undefined;
    }
    return undefined;
  };
  const schemaOf = (/** @type {any} */ operation) => operation?.requestBody?.content?.["application/json"]?.schema;

  /** The path of an operation on something new, and what else its body has to say. @param {string} path @param {any} schema */
  async function subjectOf(path, schema) {
    if (!path.includes("{")) return { path, more: {} };
    const isLeased = schema.properties?.lease;
    const collection = path.slice(0, path.indexOf("/{"));
    const making = document.paths[collection === "/api/jobs" ? "/api/jobs/enqueue" : collection]?.post;
    const body = isLeased ? { jobName: "planted", queue: "planted" } : collection === "/api/jobs" ? { jobName: "planted", queue: "planted", delaySeconds: 900 } : sample(schemaOf(making) ?? {}, document);
    const made = making && await call("POST", collection === "/api/jobs" ? "/api/jobs/enqueue" : collection, body);
    const id = made?.id ?? made?.jobId ?? made?.name ?? (await call("GET", collection, undefined))?.[0]?.id;
    if (!isLeased) return { path: path.replace(/\{\w+\}/, id), more: {} };
    const leased = (await call("POST", "/api/jobs/claim", { queues: ["planted"], leaseSeconds: 600, waitSeconds: 2 }))?.[0];
    return { path: path.replace(/\{\w+\}/, leased?.id), more: { lease: leased?.lease } };
  }

  await call("POST", "/api/queues", { name: "planted", outside: true });
  await call("PATCH", "/api/tenant", { signup: "open" });
  /** @type {string[]} */
  const bare = [];
  const taken = new Set();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const method of ["post", "put", "patch"]) {
      const given = schemaOf(methods[method]);
      const schema = given && resolve(given, document);
      if (!schema || LEFT_OUT.includes(path) || schema.properties?.dryRun || methods[method]["x-permission"]?.endsWith(":read")) continue;
      for (const { where, isFree, make } of placesIn(schema, document)) {
        let took = 0;
        for (const text of HOSTILE) {
          const subject = await subjectOf(path, schema);
          if (await call(method.toUpperCase(), subject.path, { ...make(text), ...subject.more })) took += 1;
          else if (!isFree) break;
        }
        // A change may be refused what making one took: another kind of target, a name that is taken.
        const field = `${path.split("/{")[0]} ${where}`;
        if (took) taken.add(field);
        if (isFree && !taken.has(field)) bare.push(`${method.toUpperCase()} ${path} ${where}`);
      }
    }
  }
  return bare;
}
