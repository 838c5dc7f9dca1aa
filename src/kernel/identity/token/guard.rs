//! The guard: what holders append to a token is hostile input.
//!
//! The library limits work between rules, not inside one: a check of ten joined predicates in a
//! 1 KB token keeps it busy for seconds, and a check with nested closures over sets for ever. So a
//! token is let in only when its appended blocks hold nothing but a few small checks.

use biscuit_auth::builder::{Check, Op, Rule};
use biscuit_auth::{Biscuit, BlockBuilder};

use super::refused;
use crate::base::Result;

const MOST_BLOCKS: usize = 5;
const MOST_CHECKS: usize = 8;
const MOST_QUERIES: usize = 4;
const MOST_PREDICATES: usize = 2;
const MOST_EXPRESSIONS: usize = 8;
const MOST_STEPS: usize = 32;

/// Lets a token pass whose appended blocks can only narrow it, and cheaply.
pub(super) fn inspect(biscuit: &Biscuit) -> Result<()> {
    if biscuit.block_count() > MOST_BLOCKS {
        return Err(refused("it has more than 5 blocks"));
    }
    if biscuit.external_public_keys().iter().any(Option::is_some) {
        return Err(refused("it has a third party's block"));
    }
    (1..biscuit.block_count()).try_for_each(|index| inspect_block(biscuit, index))
}

fn inspect_block(biscuit: &Biscuit, index: usize) -> Result<()> {
    let unreadable = || refused("a block of it can't be read");
    let source = biscuit.print_block_source(index).map_err(|_| unreadable())?;
    let block = BlockBuilder::new().code(source).map_err(|_| unreadable())?;
    if !block.facts.is_empty() || !block.rules.is_empty() || !block.scopes.is_empty() {
        return Err(refused("a block that narrows it may hold checks only"));
    }
    if block.checks.len() > MOST_CHECKS {
        return Err(refused("a block of it has more than 8 checks"));
    }
    block.checks.iter().try_for_each(inspect_check)
}

fn inspect_check(check: &Check) -> Result<()> {
    if check.queries.len() > MOST_QUERIES {
        return Err(refused("a check of it has more than 4 alternatives"));
    }
    check.queries.iter().try_for_each(inspect_query)
}

fn inspect_query(query: &Rule) -> Result<()> {
    if !query.scopes.is_empty() {
        return Err(refused("a check of it names a scope"));
    }
    if query.body.len() > MOST_PREDICATES {
        return Err(refused("a check of it joins more than 2 predicates"));
    }
    if query.expressions.len() > MOST_EXPRESSIONS {
        return Err(refused("a check of it has more than 8 expressions"));
    }
    for expression in &query.expressions {
        if expression.ops.len() > MOST_STEPS {
            return Err(refused("an expression of it has more than 32 steps"));
        }
        if expression.ops.iter().any(|op| matches!(op, Op::Closure(..))) {
            return Err(refused("an expression of it has a closure"));
        }
    }
    Ok(())
}
