//! Bodies made from the schemas of the API's own description, so that the test of every route needs
//! to know none of them.

use serde_json::{Map, Value, json};

/// The smallest value that a schema describes.
pub fn smallest(document: &Value, schema: &Value) -> Value {
    if let Some(place) = schema["$ref"].as_str() {
        let found = document.pointer(place.trim_start_matches('#')).expect("the schema exists");
        return smallest(document, found);
    }
    for choices in ["anyOf", "oneOf", "allOf"] {
        if let Some(first) = schema[choices].get(0) {
            return smallest(document, first);
        }
    }
    if let Some(known) = schema.get("const").or_else(|| schema["enum"].get(0)) {
        return known.clone();
    }
    match schema["type"].as_str().or_else(|| schema["type"][0].as_str()) {
        Some("object") => object(document, schema),
        Some("array") => json!([]),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        Some("boolean") => json!(false),
        Some("string") => json!(text(schema)),
        _ => json!({}),
    }
}

fn object(document: &Value, schema: &Value) -> Value {
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let field = |name: &str| (name.to_owned(), smallest(document, &schema["properties"][name]));
    Value::Object(required.map(field).collect::<Map<_, _>>())
}

fn text(schema: &Value) -> String {
    match schema["format"].as_str() {
        Some("uuid") => "0198c1de-7f00-7000-8000-000000000000".into(),
        Some("date-time") => "2026-03-01T09:30:00.000Z".into(),
        Some("email") => "ada@example.org".into(),
        _ => "word".into(),
    }
}
