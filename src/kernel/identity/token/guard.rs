//! The guard: what holders append to a token is hostile input.
//!
//! The library limits work between rules, not inside one: a check of ten joined predicates in a
//! 1 KB token keeps it busy for seconds, a check with nested closures over sets for ever, and a
//! regular expression is compiled anew each time that a check comes to it. So a token is let in
//! only when its appended blocks hold nothing but a few small checks.
//!
//! The blocks are counted as they were signed, never as they print: names print unescaped, so a
//! predicate called `operation("` makes text in which the others are the inside of a string. They are
//! counted before a signature is looked at, because that costs for each block, and more when its key
//! is of the slower kind.

use biscuit_auth::format::schema::op::Content;
use biscuit_auth::format::schema::op_binary;
use biscuit_auth::format::schema::{Biscuit, Block, Check, Expression, Op, Rule, check, term};
use prost::Message;

use super::names::Names;
use super::{damaged, refused};
use crate::base::Result;

const MOST_BLOCKS: usize = 5;
const MOST_CHECKS: usize = 8;
pub(super) const MOST_QUERIES: usize = 4;
const MOST_PREDICATES: usize = 2;
const MOST_EXPRESSIONS: usize = 8;
const MOST_STEPS: usize = 32;

/// Lets a token pass whose appended blocks can only narrow it, and cheaply.
pub(super) fn inspect(token: &[u8]) -> Result<()> {
    let Biscuit { authority, blocks: appended, .. } = Biscuit::decode(token).map_err(|_| damaged())?;
    if appended.len() >= MOST_BLOCKS {
        return Err(refused("it has more than 5 blocks"));
    }
    if appended.iter().any(|signed| signed.external_signature.is_some()) {
        return Err(refused("it has a third party's block"));
    }
    let mut names = Names::of(&Block::decode(&authority.block[..]).map_err(|_| damaged())?);
    appended.iter().try_for_each(|signed| inspect_block(&signed.block, &mut names))
}

fn inspect_block(bytes: &[u8], names: &mut Names) -> Result<()> {
    let block = Block::decode(bytes).map_err(|_| refused("a block of it can't be read"))?;
    if !block.facts.is_empty() || !block.rules.is_empty() || !block.scope.is_empty() {
        return Err(refused("a block that narrows it may hold checks only"));
    }
    if block.checks.len() > MOST_CHECKS {
        return Err(refused("a block of it has more than 8 checks"));
    }
    block.checks.iter().try_for_each(inspect_check)?;
    if !names.learn(&block) {
        return Err(refused("a block of it uses a name that neither it nor one before it brings"));
    }
    Ok(())
}

fn inspect_check(check: &Check) -> Result<()> {
    if check.queries.len() > MOST_QUERIES {
        return Err(refused("a check of it has more than 4 alternatives"));
    }
    // The library lets such a check pass when one of its alternatives is not met, and whoever wrote
    // it meant the opposite.
    if check.kind == Some(check::Kind::Reject as i32) && check.queries.len() > 1 {
        return Err(refused("a reject of it has alternatives; write a reject for each"));
    }
    check.queries.iter().try_for_each(inspect_query)
}

fn inspect_query(query: &Rule) -> Result<()> {
    if !query.scope.is_empty() {
        return Err(refused("a check of it names a scope"));
    }
    // A check answers nothing, so there is nothing to put into its head, and the library prints a
    // line about each that lacks a value.
    if query.head.terms.iter().any(|term| matches!(term.content, Some(term::Content::Variable(_)))) {
        return Err(refused("the head of a check of it has a variable"));
    }
    if query.body.len() > MOST_PREDICATES {
        return Err(refused("a check of it joins more than 2 predicates"));
    }
    if query.expressions.len() > MOST_EXPRESSIONS {
        return Err(refused("a check of it has more than 8 expressions"));
    }
    query.expressions.iter().try_for_each(inspect_expression)
}

fn inspect_expression(expression: &Expression) -> Result<()> {
    match count_steps(&expression.ops)? {
        0..=MOST_STEPS => Ok(()),
        _ => Err(refused("an expression of it has more than 32 steps")),
    }
}

/// The right side of `&&` and `||` is a closure without parameters, which runs once at most; one with
/// parameters runs for each element of a set, and nested for each of each.
fn count_steps(ops: &[Op]) -> Result<usize> {
    ops.iter().try_fold(0, |count, op| match &op.content {
        Some(Content::Closure(closure)) if closure.params.is_empty() => {
            Ok(count + 1 + count_steps(&closure.ops)?)
        }
        Some(Content::Closure(_)) => Err(refused("an expression of it has a closure")),
        Some(Content::Binary(binary)) if binary.kind == op_binary::Kind::Regex as i32 => {
            Err(refused("an expression of it has a regular expression; use starts_with"))
        }
        _ => Ok(count + 1),
    })
}
