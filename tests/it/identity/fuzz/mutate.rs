//! Changes to a recipe that know its structure: blocks are taken apart, changed and put together, so
//! that most of what comes out is still read; and bytes are flipped, so that some of it is not.

use biscuit_auth::format::schema::{
    self, Array, Block, Check, Expression, ExternalSignature, Fact, MapEntry, MapKey, Op, OpBinary,
    OpClosure, OpUnary, Predicate, PublicKey, Rule, Scope, Term, TermSet, map_key, op, proof, scope, term,
};
use biscuit_auth::{BlockBuilder, UnverifiedBiscuit};
use fastrand::Rng;
use prost::Message;

use super::recipe::{Recipe, Step};
use super::words;

/// Changes a recipe; `base` is the token that blocks are appended to.
pub fn mutate(recipe: &mut Recipe, base: &[u8], rng: &mut Rng) {
    for _ in 0..=rng.usize(..3) {
        match recipe {
            Recipe::Signed(steps) => mutate_steps(steps, base, rng),
            Recipe::Token(bytes) => match rng.bool() {
                true => mutate_envelope(bytes, rng),
                false => mutate_bytes(bytes, rng),
            },
            Recipe::Text(bytes) => mutate_bytes(bytes, rng),
        }
    }
}

/// A recipe from nothing.
pub fn invent(base: &[u8], rng: &mut Rng) -> Recipe {
    match rng.u8(..20) {
        0 => Recipe::Text((0..rng.usize(..80)).map(|_| rng.u8(..)).collect()),
        1..=3 => Recipe::Token(base.to_vec()),
        _ => Recipe::Signed((0..=rng.usize(..2)).map(|_| written(base, rng)).collect()),
    }
}

/// A block in the tokens' language, as a tool would append it.
fn written(base: &[u8], rng: &mut Rng) -> Step {
    let slow_key = rng.u8(..10) == 0;
    for _ in 0..20 {
        let Ok(block) = BlockBuilder::new().code(words::block(rng)) else { continue };
        let held = UnverifiedBiscuit::from(base).expect("the base is a token").append(block);
        let Ok(bytes) = held.expect("it is appended").to_vec() else { continue };
        let mut token = schema::Biscuit::decode(&bytes[..]).expect("a token");
        return Step { block: token.blocks.pop().expect("the block").block, slow_key };
    }
    Step { block: Vec::new(), slow_key }
}

fn mutate_steps(steps: &mut Vec<Step>, base: &[u8], rng: &mut Rng) {
    let count = steps.len();
    if count == 0 {
        return steps.push(written(base, rng));
    }
    let at = rng.usize(..count);
    match rng.u8(..16) {
        0 => steps.push(written(base, rng)),
        1 => drop(steps.remove(at)),
        2 => steps.push(steps[at].clone()),
        3 => steps.swap(at, rng.usize(..count)),
        4 => steps[at].slow_key = !steps[at].slow_key,
        5 | 6 => mutate_bytes(&mut steps[at].block, rng),
        _ => match Block::decode(&steps[at].block[..]) {
            Ok(mut block) => {
                mutate_block(&mut block, rng);
                steps[at].block = block.encode_to_vec();
            }
            Err(_) => steps[at] = written(base, rng),
        },
    }
}

fn mutate_bytes(bytes: &mut Vec<u8>, rng: &mut Rng) {
    if bytes.is_empty() {
        return bytes.push(rng.u8(..));
    }
    let at = rng.usize(..bytes.len());
    match rng.u8(..6) {
        0 => bytes.truncate(at),
        1 => drop(bytes.remove(at)),
        2 => bytes.insert(at, rng.u8(..)),
        3 => {
            let end = at + rng.usize(..=(bytes.len() - at).min(40));
            let copied = bytes[at..end].to_vec();
            let to = rng.usize(..=bytes.len());
            bytes.splice(to..to, copied);
        }
        4 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][rng.usize(..5)],
        _ => bytes[at] ^= 1 << rng.u8(..8),
    }
}

/// Changes what is around the blocks: their order, their keys, their signatures, the end.
fn mutate_envelope(bytes: &mut Vec<u8>, rng: &mut Rng) {
    let Ok(mut token) = schema::Biscuit::decode(&bytes[..]) else { return mutate_bytes(bytes, rng) };
    let count = token.blocks.len();
    let at = rng.usize(..count.max(1));
    match (rng.u8(..10), count) {
        (0, _) => token.root_key_id = [None, Some(0), Some(1), Some(u32::MAX)][rng.usize(..4)],
        (1, _) => mutate_bytes(&mut token.authority.block, rng),
        (2, _) => mutate_bytes(&mut token.authority.signature, rng),
        (3, _) => token.authority.next_key.algorithm = rng.i32(-1..3),
        (4, _) => token.authority.version = Some(rng.u32(..4)),
        (5, _) => {
            let bytes = (0..[0, 32, 33, 64][rng.usize(..4)]).map(|_| rng.u8(..)).collect();
            token.proof.content = match rng.bool() {
                true => Some(proof::Content::NextSecret(bytes)),
                false => Some(proof::Content::FinalSignature(bytes)),
            };
        }
        (6, 0) | (7.., 0) => token.blocks.push(token.authority.clone()),
        (6, _) => drop(token.blocks.remove(at)),
        (7, _) => token.blocks.push(token.blocks[at].clone()),
        (8, _) => {
            let public_key = PublicKey { algorithm: rng.i32(..2), key: vec![rng.u8(..); 32] };
            let signature = vec![rng.u8(..); 64];
            token.blocks[at].external_signature = Some(ExternalSignature { signature, public_key });
        }
        (_, _) => mutate_bytes(&mut token.blocks[at].block, rng),
    }
    *bytes = token.encode_to_vec();
}

fn mutate_block(block: &mut Block, rng: &mut Rng) {
    match rng.u8(..24) {
        0 => block.version = [None, Some(0), Some(3), Some(5), Some(6), Some(7)][rng.usize(..6)],
        1 => block.symbols.push(["tenant", "acme", "", "$x", "a\"b", "\u{0}"][rng.usize(..6)].into()),
        2 => drop(block.symbols.pop()),
        3 => block.facts.push(Fact { predicate: predicate(rng) }),
        4 => block.rules.push(rule(rng)),
        5 => block.scope.push(some_scope(rng)),
        6 => block.public_keys.push(PublicKey { algorithm: rng.i32(..3), key: vec![rng.u8(..); 32] }),
        7 => block.context = Some("x".repeat(rng.usize(..300))),
        8 | 9 => block.checks.push(Check { queries: vec![rule(rng)], kind: Some(rng.i32(-1..4)) }),
        _ => match rng.usize(..block.checks.len().max(1)) {
            at if at < block.checks.len() => mutate_check(&mut block.checks[at], rng),
            _ => block.checks.push(Check { queries: vec![rule(rng)], kind: None }),
        },
    }
}

fn mutate_check(check: &mut Check, rng: &mut Rng) {
    let count = check.queries.len();
    match (rng.u8(..12), count) {
        (0, _) => check.kind = [None, Some(0), Some(1), Some(2), Some(3)][rng.usize(..5)],
        (1, _) | (_, 0) => check.queries.push(rule(rng)),
        (2, _) => drop(check.queries.remove(rng.usize(..count))),
        (3, _) => check.queries.push(check.queries[rng.usize(..count)].clone()),
        _ => mutate_rule(&mut check.queries[rng.usize(..count)], rng),
    }
}

fn mutate_rule(rule: &mut Rule, rng: &mut Rng) {
    let (predicates, expressions) = (rule.body.len(), rule.expressions.len());
    match rng.u8(..14) {
        0 => rule.body.push(predicate(rng)),
        1 => drop(rule.body.pop()),
        2 => rule.head = predicate(rng),
        3 => rule.scope.push(some_scope(rng)),
        4 => rule.expressions.push(Expression { ops: ops(rng, 3) }),
        5 => drop(rule.expressions.pop()),
        6 | 7 if predicates > 0 => {
            let predicate = &mut rule.body[rng.usize(..predicates)];
            predicate.name = symbol(rng);
            predicate.terms.push(some_term(rng, 3));
        }
        _ if expressions > 0 => mutate_ops(&mut rule.expressions[rng.usize(..expressions)].ops, rng, 4),
        _ => rule.expressions.push(Expression { ops: ops(rng, 3) }),
    }
}

fn mutate_ops(ops: &mut Vec<Op>, rng: &mut Rng, depth: usize) {
    let count = ops.len();
    if count == 0 {
        return ops.push(some_op(rng, depth));
    }
    let at = rng.usize(..count);
    match rng.u8(..7) {
        0 => ops.insert(at, some_op(rng, depth)),
        1 => drop(ops.remove(at)),
        2 => ops.swap(at, rng.usize(..count)),
        3 => ops.extend_from_within(at..),
        4 => ops[at] = some_op(rng, depth),
        _ => match &mut ops[at].content {
            Some(op::Content::Binary(binary)) => binary.kind = rng.i32(-1..32),
            Some(op::Content::Unary(unary)) => unary.kind = rng.i32(-1..7),
            Some(op::Content::Closure(closure)) if depth > 0 => {
                mutate_ops(&mut closure.ops, rng, depth - 1);
                if rng.u8(..4) == 0 {
                    closure.params.push(rng.u32(..4));
                }
            }
            _ => ops[at] = Op { content: Some(op::Content::Value(some_term(rng, 4))) },
        },
    }
}

fn rule(rng: &mut Rng) -> Rule {
    Rule {
        head: predicate(rng),
        body: (0..rng.usize(..3)).map(|_| predicate(rng)).collect(),
        expressions: (0..rng.usize(..3)).map(|_| Expression { ops: ops(rng, 3) }).collect(),
        scope: Vec::new(),
    }
}

fn predicate(rng: &mut Rng) -> Predicate {
    Predicate { name: symbol(rng), terms: (0..rng.usize(..3)).map(|_| some_term(rng, 2)).collect() }
}

fn ops(rng: &mut Rng, depth: usize) -> Vec<Op> {
    (0..1 + rng.usize(..6)).map(|_| some_op(rng, depth)).collect()
}

fn some_op(rng: &mut Rng, depth: usize) -> Op {
    let content = match rng.u8(..if depth == 0 { 8 } else { 10 }) {
        0..=3 => op::Content::Value(some_term(rng, 3)),
        4 | 5 => op::Content::Unary(OpUnary { kind: rng.i32(..5), ffi_name: Some(symbol(rng)) }),
        6 | 7 => op::Content::Binary(OpBinary { kind: rng.i32(..30), ffi_name: None }),
        _ => op::Content::Closure(OpClosure {
            params: (0..rng.u32(..6) / 4).collect(),
            ops: ops(rng, depth - 1),
        }),
    };
    Op { content: Some(content) }
}

fn some_term(rng: &mut Rng, depth: usize) -> Term {
    let many = |rng: &mut Rng| (0..rng.usize(..4)).map(|_| some_term(rng, depth.saturating_sub(1))).collect();
    let content = match rng.u8(..if depth == 0 { 8 } else { 12 }) {
        0 => term::Content::Variable(rng.u32(..4)),
        1 => term::Content::Integer([0, 1, -1, i64::MAX, i64::MIN][rng.usize(..5)]),
        2 | 3 => term::Content::String(symbol(rng)),
        4 => term::Content::Date([0, 1_767_225_600, u64::MAX][rng.usize(..3)]),
        5 => term::Content::Bytes(vec![rng.u8(..); rng.usize(..40)]),
        6 => term::Content::Bool(rng.bool()),
        7 => term::Content::Null(schema::Empty {}),
        8 => term::Content::Set(TermSet { set: many(rng) }),
        9 => term::Content::Array(Array { array: many(rng) }),
        10 => {
            let key = MapKey { content: Some(map_key::Content::Integer(rng.i64(..3))) };
            let entry = MapEntry { key, value: some_term(rng, depth - 1) };
            term::Content::Map(schema::Map { entries: vec![entry; rng.usize(..3)] })
        }
        // Deep, as far as a token has room.
        _ => (0..rng.usize(..60)).fold(term::Content::Bool(true), |inner, _| {
            term::Content::Array(Array { array: vec![Term { content: Some(inner) }] })
        }),
    };
    Term { content: Some(content) }
}

fn some_scope(rng: &mut Rng) -> Scope {
    Scope { content: Some(scope::Content::ScopeType(rng.i32(..3))) }
}

/// Names: those that every token knows, those that the block may bring, and some that nobody knows.
fn symbol(rng: &mut Rng) -> u64 {
    match rng.u8(..8) {
        0..=4 => rng.u64(..28),
        5 | 6 => 1_024 + rng.u64(..20),
        _ => u64::MAX - rng.u64(..2),
    }
}
