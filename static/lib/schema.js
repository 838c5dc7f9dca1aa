// @ts-check
// JSON schemas: which fields a form has, and what is wrong with a value, as far as a page needs it.
// The server checks everything again.

/**
 * @typedef {object} FieldOf
 * @property {string} name
 * @property {"text" | "number" | "tick" | "choice" | "time"} kind
 * @property {boolean} required
 * @property {boolean} whole
 * @property {string[]} choices
 * @property {string} hint
 */

/**
 * The schema that a reference names, without the null that some may be.
 * @param {any} schema
 * @param {any} root
 * @returns {any}
 */
export function resolve(schema, root) {
  if (!schema || typeof schema !== "object") return {};
  if (typeof schema.$ref === "string") {
    const path = schema.$ref.replace(/^#\//, "").split("/");
    const { $ref, ...beside } = schema;
    return { ...resolve(path.reduce((/** @type {any} */ at, /** @type {string} */ name) => at?.[name], root), root), ...beside };
  }
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) {
    const real = choices.filter((/** @type {any} */ choice) => choice.type !== "null");
    if (real.length === 1) return { ...resolve(real[0], root), description: schema.description ?? real[0].description };
    if (real.every((/** @type {any} */ choice) => typeof choice.const === "string" || choice.enum)) {
      return { type: "string", enum: real.flatMap((/** @type {any} */ choice) => choice.enum ?? [choice.const]), description: schema.description };
    }
  }
  return schema;
}

/** @param {any} schema */
function typeOf(schema) {
  const types = [schema.type].flat().filter((type) => type && type !== "null");
  return types.length === 1 ? types[0] : undefined;
}

/**
 * The fields of a form for an object of this schema, or nothing when it takes more than a form.
 * @param {any} schema
 * @returns {FieldOf[] | null}
 */
export function fieldsOf(schema) {
  const root = schema;
  const object = resolve(schema, root);
  if (typeOf(object) !== "object") return null;
  if (object.additionalProperties && typeof object.additionalProperties === "object") return null;
  const fields = [];
  for (const [name, given] of Object.entries(object.properties ?? {})) {
    const field = resolve(given, root);
    const kind = kindOf(field);
    if (!kind) return null;
    fields.push({
      name, kind,
      required: (object.required ?? []).includes(name),
      whole: typeOf(field) === "integer",
      choices: field.enum?.map(String) ?? [],
      hint: field.description ?? "",
    });
  }
  return fields;
}

/** @param {any} field @returns {FieldOf["kind"] | null} */
function kindOf(field) {
  if (field.enum) return "choice";
  const type = typeOf(field);
  if (type === "string") return field.format === "date-time" ? "time" : "text";
  if (type === "integer" || type === "number") return "number";
  if (type === "boolean") return "tick";
  return null;
}

/**
 * What a form's text stands for; nothing when the field is left empty.
 * @param {FieldOf} field
 * @param {any} given
 */
export function valueOf(field, given) {
  if (field.kind === "tick") return Boolean(given);
  if (given === "" || given === undefined || given === null) return undefined;
  if (field.kind === "number") return Number(given);
  if (field.kind === "time") return new Date(given).toISOString();
  return given;
}

/**
 * What is wrong with a value, each with its path.
 * @param {any} schema
 * @param {any} value
 * @returns {{ path: string, message: string }[]}
 */
export function faultsOf(schema, value) {
  /** @type {{ path: string, message: string }[]} */
  const faults = [];
  look(schema, schema, value, "", faults);
  return faults;
}

/**
 * @param {any} root
 * @param {any} given
 * @param {any} value
 * @param {string} path
 * @param {{ path: string, message: string }[]} faults
 */
function look(root, given, value, path, faults) {
  const schema = resolve(given, root);
  const say = (/** @type {string} */ message, at = path) => faults.push({ path: at, message });
  const types = [given?.type ?? schema.type].flat().filter(Boolean);
  if (value === null && (types.includes("null") || given?.anyOf)) return;
  const type = typeOf(schema);
  if (schema.enum && !schema.enum.includes(value)) return void say(`must be one of ${schema.enum.join(", ")}`);
  if (type && !fits(type, value)) return void say(`must be ${type === "object" || type === "integer" || type === "array" ? "an" : "a"} ${type === "boolean" ? "true or false" : type}`);
  if (typeof value === "string" && schema.minLength > [...value].length) say(schema.minLength === 1 ? "must not be empty" : `must have at least ${schema.minLength} characters`);
  if (typeof value === "string" && schema.maxLength < [...value].length) say(`must have at most ${schema.maxLength} characters`);
  if (typeof value === "number" && schema.minimum > value) say(`must be ${schema.minimum} or more`);
  if (typeof value === "number" && schema.maximum < value) say(`must be ${schema.maximum} or less`);
  if (Array.isArray(value) && schema.items) value.forEach((item, at) => look(root, schema.items, item, `${path}[${at}]`, faults));
  if (type !== "object" || value === null || typeof value !== "object") return;
  const below = (/** @type {string} */ name) => (path ? `${path}.${name}` : name);
  for (const name of schema.required ?? []) if (!(name in value)) say("is required", below(name));
  for (const [name, part] of Object.entries(value)) {
    const known = schema.properties?.[name];
    if (known) look(root, known, part, below(name), faults);
    else if (schema.additionalProperties === false) say("is not known here", below(name));
  }
}

/** @param {string} type @param {any} value */
function fits(type, value) {
  if (type === "array") return Array.isArray(value);
  if (type === "object") return value !== null && typeof value === "object" && !Array.isArray(value);
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}

/**
 * An example of what a schema asks for: its required fields, so that it can be filled in.
 * @param {any} given
 * @param {any} root
 * @param {number} [depth]
 * @returns {any}
 */
export function exampleOf(given, root, depth = 0) {
  const schema = resolve(given, root);
  if (schema.default !== undefined && schema.default !== null) return schema.default;
  if (schema.enum) return schema.enum[0];
  if (schema.const !== undefined) return schema.const;
  const type = typeOf(schema);
  if (type === "object" && depth < 5) {
    const names = depth === 0 && !(schema.required ?? []).length ? Object.keys(schema.properties ?? {}) : (schema.required ?? []);
    return Object.fromEntries(names.map((/** @type {string} */ name) => [name, exampleOf(schema.properties?.[name], root, depth + 1)]));
  }
  if (type === "array") return [];
  if (type === "integer" || type === "number") return schema.minimum ?? 0;
  if (type === "boolean") return false;
  if (type === "string") return schema.format === "date-time" ? "2030-01-01T00:00:00Z" : schema.format === "email" ? "you@example.org" : "";
  return {};
}
