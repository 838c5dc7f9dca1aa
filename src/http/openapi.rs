//! The OpenAPI document: made from the route tables and the types' own schemas, so it can't drift.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::failure::FAILURES;
use super::route::{Access, Method, Route};
use crate::kernel::identity::{PermissionInfo, Scope};

/// The description of one route while it is being put together.
pub struct Operation<'g> {
    schemas: &'g mut SchemaGenerator,
    access: Access,
    path_names: Vec<&'static str>,
    parameters: Vec<Value>,
    body: Option<Value>,
    names_tenant: bool,
    reply: Option<(u16, Value)>,
    content_type: &'static str,
}

impl Operation<'_> {
    pub fn needs(&mut self, permission: PermissionInfo) {
        assert!(
            self.access == Access::Required(permission),
            "a route and its handler must ask for the same permission; the handler asks for {}",
            permission.name
        );
    }

    /// The route works in the tenant that the request names, or in none.
    pub fn may_name_tenant(&mut self) {
        self.names_tenant = true;
    }

    pub fn takes<T: JsonSchema>(&mut self) {
        self.body = Some(self.schema::<T>());
    }

    /// A parameter of the query for each field of `T`.
    pub fn asks<T: JsonSchema>(&mut self) {
        let schema = T::json_schema(self.schemas);
        let Some(Value::Object(fields)) = schema.get("properties") else { return };
        let required = schema.get("required").and_then(Value::as_array);
        for (name, field) in fields {
            let is_required = required.is_some_and(|names| names.iter().any(|known| known == name));
            let mut field = plain(field);
            let description = field.as_object_mut().and_then(|object| object.remove("description"));
            self.parameters.push(json!({
                "name": name, "in": "query", "required": is_required, "schema": field,
                "description": description.unwrap_or_else(|| json!("")),
            }));
        }
    }

    /// The next `{name}` of the path.
    pub fn names<T: JsonSchema>(&mut self) {
        let taken = self.parameters.iter().filter(|parameter| parameter["in"] == "path").count();
        let name = self.path_names.get(taken).copied().unwrap_or("id");
        let schema = self.schema::<T>();
        self.parameters.push(json!({ "name": name, "in": "path", "required": true, "schema": schema }));
    }

    pub fn takes_header(&mut self, name: &str, description: &str) {
        self.parameters.push(json!({
            "name": name, "in": "header", "required": false, "schema": { "type": "string" },
            "description": description,
        }));
    }

    pub fn replies_with<T: JsonSchema>(&mut self, status: u16) {
        let data = self.schema::<T>();
        self.reply = Some((status, enveloped(data, json!({ "$ref": "#/components/schemas/Meta" }))));
    }

    pub fn lists<T: JsonSchema>(&mut self) {
        let item = self.schema::<T>();
        let data = json!({ "type": "array", "items": item });
        self.reply = Some((200, enveloped(data, json!({ "$ref": "#/components/schemas/ListMeta" }))));
    }

    pub fn replies_with_document(&mut self) {
        self.reply = Some((200, json!({ "type": "object" })));
    }

    pub fn replies_with_text(&mut self) {
        self.content_type = "text/plain";
        self.reply = Some((200, json!({ "type": "string" })));
    }

    /// Each line of the stream is an event with its data in JSON.
    pub fn replies_with_events(&mut self) {
        self.content_type = "text/event-stream";
        self.reply = Some((200, json!({ "type": "string" })));
    }

    pub fn replies_with_file(&mut self) {
        self.content_type = "application/octet-stream";
        self.reply = Some((200, json!({ "type": "string", "format": "binary" })));
    }

    fn schema<T: JsonSchema>(&mut self) -> Value {
        self.schemas.subschema_for::<T>().to_value()
    }
}

fn enveloped(data: Value, meta: Value) -> Value {
    json!({ "type": "object", "required": ["data", "meta"], "properties": { "data": data, "meta": meta } })
}

/// A query's field is left out instead of null.
fn plain(field: &Value) -> Value {
    let mut field = field.clone();
    if let Some(object) = field.as_object_mut() {
        if let Some(Value::Array(types)) = object.get_mut("type") {
            types.retain(|kind| kind != "null");
            if let [only] = &types[..] {
                let only = only.clone();
                object.insert("type".into(), only);
            }
        }
        if let Some(Value::Array(choices)) = object.get("anyOf") {
            let real: Vec<Value> =
                choices.iter().filter(|choice| choice["type"] != "null").cloned().collect();
            if let [only] = &real[..] {
                return only.clone();
            }
        }
    }
    field
}

/// What all replies have in common.
fn shapes() -> [(&'static str, Value); 3] {
    let meta = json!({
        "type": "object", "required": ["traceId"],
        "properties": { "traceId": { "type": "string", "pattern": "^[0-9a-f]{32}$" } },
    });
    let list_meta = json!({
        "type": "object", "required": ["traceId", "nextCursor"],
        "properties": {
            "traceId": { "type": "string", "pattern": "^[0-9a-f]{32}$" },
            "nextCursor": { "type": ["string", "null"] },
        },
    });
    [("Meta", meta), ("ListMeta", list_meta), ("Failure", failure_schema())]
}

/// The document of these routes.
pub fn document(routes: &[&'static Route]) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
    });
    let mut schemas = settings.into_generator();
    let mut paths: Map<String, Value> = Map::new();
    for route in routes {
        let operation = describe(route, &mut schemas);
        let entry = paths.entry(route.path).or_insert_with(|| json!({}));
        entry[route.method.as_str().to_lowercase()] = operation;
    }
    let mut components = schemas.take_definitions(true);
    for (name, schema) in shapes() {
        let taken = components.insert(name.into(), schema);
        assert!(
            taken.is_none(),
            "a type of the API is called {name}, as a shape of all replies is; rename it"
        );
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Steading",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT OR Apache-2.0" },
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer" },
                "tenant": {
                    "type": "apiKey", "in": "header", "name": "X-Tenant-ID",
                    "description": "The tenant, by id or slug; not needed when the host name or the token says it.",
                },
            },
            "responses": {
                "Failure": {
                    "description": "It failed; the error says why and what to do.",
                    "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } },
                },
            },
        },
    })
}

fn failure_schema() -> Value {
    let codes: Vec<&str> = FAILURES.iter().map(|(_, code, _)| *code).collect();
    json!({
        "type": "object", "required": ["error", "meta"],
        "properties": {
            "error": {
                "type": "object", "required": ["code", "message"],
                "properties": {
                    "code": { "enum": codes },
                    "message": { "type": "string" },
                    "details": { "type": "array", "items": {
                        "type": "object", "required": ["path", "message"],
                        "properties": { "path": { "type": "string" }, "message": { "type": "string" } },
                    } },
                },
            },
            "meta": { "$ref": "#/components/schemas/Meta" },
        },
    })
}

fn describe(route: &'static Route, schemas: &mut SchemaGenerator) -> Value {
    let path_names = route.path.split('{').skip(1).filter_map(|part| part.split('}').next()).collect();
    let mut operation = Operation {
        schemas,
        access: route.access,
        path_names,
        parameters: Vec::new(),
        body: None,
        names_tenant: false,
        reply: None,
        content_type: "application/json",
    };
    (route.describe)(&mut operation);
    let Operation { parameters, body, names_tenant, reply, content_type, .. } = operation;
    let reply = reply.map(|(status, schema)| (status, json!({ content_type: { "schema": schema } })));
    let mut described = json!({
        "operationId": operation_id(route),
        "summary": route.summary,
        "parameters": parameters,
        "responses": responses(route, reply, body.is_some(), names_tenant),
    });
    if let Some(schema) = body {
        described["requestBody"] =
            json!({ "required": true, "content": { "application/json": { "schema": schema } } });
    }
    if names_tenant {
        described["security"] = json!([{ "tenant": [] }, {}]);
    }
    if let Access::Required(permission) = route.access {
        described["security"] = match permission.scope {
            Scope::Here => json!([{ "token": [], "tenant": [] }, { "token": [] }]),
            Scope::Tenant | Scope::Anywhere => json!([{ "token": [], "tenant": [] }]),
            Scope::Instance | Scope::Home | Scope::Person => json!([{ "token": [] }]),
        };
        described["x-permission"] = json!(permission.name);
    }
    described
}

fn responses(route: &Route, reply: Option<(u16, Value)>, has_body: bool, names_tenant: bool) -> Value {
    let mut responses = Map::new();
    if let Some((status, content)) = reply {
        responses.insert(status.to_string(), json!({ "description": route.summary, "content": content }));
    }
    let possible = |status: u16| match status {
        405 => false,
        // A public POST may still say no: to a wrong password, to a code that was used.
        401 | 403 => route.access != Access::Public || names_tenant || route.method == Method::POST,
        413 | 415 => has_body || route.method.has_body(),
        409 | 507 => route.method != Method::GET,
        _ => true,
    };
    for (_, _, status) in FAILURES.iter().filter(|(_, _, status)| possible(*status)) {
        responses.insert(status.to_string(), json!({ "$ref": "#/components/responses/Failure" }));
    }
    Value::Object(responses)
}

/// A name for generated clients: `post_api_requests_id_transition`.
fn operation_id(route: &Route) -> String {
    let words = route.path.split(['/', '{', '}', '.', '-', '_']).filter(|word| !word.is_empty());
    std::iter::once(route.method.as_str().to_lowercase())
        .chain(words.map(str::to_owned))
        .collect::<Vec<_>>()
        .join("_")
}
