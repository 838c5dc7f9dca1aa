//! Random blocks in the tokens' own language: most are what somebody might write, some are not.

use fastrand::Rng;

const FACTS: [&str; 6] = ["tenant", "operation", "resource", "method", "time", "unknown"];
const TEXTS: [&str; 8] =
    ["acme", "requests:read", "requests", "requests/", "GET", "POST", "", "\\\" or true"];
const METHODS: [&str; 9] = [
    "starts_with",
    "ends_with",
    "contains",
    "union",
    "intersection",
    "matches",
    "get",
    "try_or",
    "extern::call",
];
const OPERATORS: [&str; 17] =
    ["==", "!=", "===", "!==", "<", "<=", ">", ">=", "+", "-", "*", "/", "&&", "||", "&", "|", "^"];
/// What fits some of what is asked, so that not everything fails.
const FITTING: [&str; 10] = [
    "operation(\"requests:read\")",
    "method(\"GET\")",
    "tenant(\"acme\")",
    "resource(\"requests\")",
    "resource($v), $v.starts_with(\"requests\")",
    "operation($v), {\"requests:read\", \"tenants:write\"}.contains($v)",
    "method($v), $v == \"GET\" || $v == \"PATCH\"",
    "time($v), $v < 2026-01-01T01:00:00Z",
    "operation($v), !$v.ends_with(\":read\")",
    "true",
];
const SCOPES: [&str; 2] = [" trusting authority", " trusting previous"];

/// The source of a block.
pub fn block(rng: &mut Rng) -> String {
    let most = if one_in(rng, 6) { 10 } else { 3 };
    let statements = 1 + rng.usize(..most);
    let statement = |_| match rng.u8(..40) {
        0 => format!("{};", fact(rng)),
        1 => format!("{} <- {};", "unknown($v0)", body(rng, 2)),
        _ => check(rng),
    };
    (0..statements).map(statement).collect::<Vec<_>>().join("\n")
}

fn one_in(rng: &mut Rng, many: u32) -> bool {
    rng.u32(..many) == 0
}

fn pick<'a>(rng: &mut Rng, among: &[&'a str]) -> &'a str {
    among[rng.usize(..among.len())]
}

fn check(rng: &mut Rng) -> String {
    let kind = pick(rng, &["check if", "check if", "check if", "check all", "reject if"]);
    let most = if one_in(rng, 10) { 6 } else { 2 };
    let queries = 1 + rng.usize(..most);
    let queries: Vec<String> = (0..queries).map(|_| query(rng)).collect();
    format!("{kind} {};", queries.join(" or "))
}

fn query(rng: &mut Rng) -> String {
    if rng.u8(..5) < 3 {
        return pick(rng, &FITTING).to_owned();
    }
    let predicates = if one_in(rng, 12) { rng.usize(..8) } else { rng.usize(..3) };
    let body = body(rng, predicates);
    let scope = if one_in(rng, 30) { pick(rng, &SCOPES) } else { "" };
    format!("{body}{scope}")
}

/// Predicates that bind `$v0` and on, and expressions over those.
fn body(rng: &mut Rng, predicates: usize) -> String {
    let mut parts = Vec::new();
    let mut bound = 0;
    for _ in 0..predicates {
        match rng.bool() {
            true => parts.push(fact(rng)),
            false => {
                parts.push(format!("{}($v{bound})", pick(rng, &FACTS)));
                bound += 1;
            }
        }
    }
    let most = if one_in(rng, 12) { 12 } else { 3 };
    for _ in 0..rng.usize(usize::from(parts.is_empty())..=most) {
        let depth = if one_in(rng, 8) { 6 } else { 2 };
        parts.push(expression(rng, bound, depth));
    }
    parts.join(", ")
}

fn fact(rng: &mut Rng) -> String {
    format!("{}({})", pick(rng, &FACTS), term(rng, 0, 2))
}

fn expression(rng: &mut Rng, bound: usize, depth: usize) -> String {
    if depth == 0 {
        return term(rng, bound, 2);
    }
    let part = |rng: &mut Rng| {
        let depth = rng.usize(..depth);
        expression(rng, bound, depth)
    };
    match rng.u8(..12) {
        0..=4 => {
            let (left, operator, right) = (part(rng), pick(rng, &OPERATORS), part(rng));
            format!("({left}) {operator} ({right})")
        }
        5..=7 => format!("({}).{}({})", part(rng), pick(rng, &METHODS), part(rng)),
        8 => format!("!({})", part(rng)),
        9 => format!("({}).length()", part(rng)),
        10 => format!("({}).type()", part(rng)),
        _ => format!("({}).{}($p -> {})", part(rng), pick(rng, &["any", "all"]), part(rng)),
    }
}

fn term(rng: &mut Rng, bound: usize, depth: usize) -> String {
    if bound > 0 && rng.bool() {
        return format!("$v{}", rng.usize(..bound));
    }
    let many = |rng: &mut Rng| {
        let count = rng.usize(..4);
        (0..count).map(|_| term(rng, 0, depth.saturating_sub(1))).collect::<Vec<_>>().join(", ")
    };
    match rng.u8(..if depth == 0 { 7 } else { 10 }) {
        0..=2 => format!("\"{}\"", pick(rng, &TEXTS)),
        3 => pick(rng, &["0", "1", "-1", "9223372036854775807", "-9223372036854775808"]).to_owned(),
        4 => pick(rng, &["true", "false", "null"]).to_owned(),
        5 => pick(rng, &["2026-01-01T01:00:00Z", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]).to_owned(),
        6 => "hex:00ff".to_owned(),
        7 => format!("[{}]", many(rng)),
        8 => format!("{{{}}}", many(rng)),
        _ => format!("{{\"k\": {}}}", term(rng, 0, depth - 1)),
    }
}
