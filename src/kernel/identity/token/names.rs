//! Names: a block writes each as a number, and brings the texts of those that no block before it
//! brought. A number without a text stands for nothing until a later block brings one, and then for
//! whatever that block likes, so a check with such a number can be turned into another.

use biscuit_auth::format::schema::op::Content as Step;
use biscuit_auth::format::schema::term::Content as Value;
use biscuit_auth::format::schema::{Block, MapEntry, Op, Predicate, Rule, Term, map_key};

/// Those that every token knows.
const COMMON: u64 = 28;

/// The number of the first that a token brings.
const FIRST_BROUGHT: u64 = 1_024;

/// What a token knows up to one of its blocks.
pub(super) struct Names {
    brought: u64,
}

impl Names {
    /// Those that the first block brings.
    pub fn of(first: &Block) -> Self {
        Self { brought: first.symbols.len() as u64 }
    }

    /// Takes in what a further block brings, and says whether it is all that its checks use.
    pub fn learn(&mut self, block: &Block) -> bool {
        self.brought += block.symbols.len() as u64;
        block.checks.iter().flat_map(|check| &check.queries).all(|query| self.know_query(query))
    }

    fn know(&self, name: u64) -> bool {
        name < COMMON || (FIRST_BROUGHT..FIRST_BROUGHT + self.brought).contains(&name)
    }

    fn know_query(&self, query: &Rule) -> bool {
        let mut steps = query.expressions.iter().flat_map(|expression| &expression.ops);
        self.know_predicate(&query.head)
            && query.body.iter().all(|predicate| self.know_predicate(predicate))
            && steps.all(|step| self.know_step(step))
    }

    fn know_predicate(&self, predicate: &Predicate) -> bool {
        self.know(predicate.name) && self.know_terms(&predicate.terms)
    }

    fn know_terms(&self, terms: &[Term]) -> bool {
        terms.iter().all(|term| self.know_term(term))
    }

    fn know_term(&self, term: &Term) -> bool {
        match &term.content {
            Some(Value::Variable(name)) => self.know(u64::from(*name)),
            Some(Value::String(name)) => self.know(*name),
            Some(Value::Set(set)) => self.know_terms(&set.set),
            Some(Value::Array(array)) => self.know_terms(&array.array),
            Some(Value::Map(map)) => map.entries.iter().all(|entry| self.know_entry(entry)),
            _ => true,
        }
    }

    fn know_entry(&self, entry: &MapEntry) -> bool {
        let is_key_known = match &entry.key.content {
            Some(map_key::Content::String(name)) => self.know(*name),
            _ => true,
        };
        is_key_known && self.know_term(&entry.value)
    }

    fn know_step(&self, step: &Op) -> bool {
        let know = |name: Option<u64>| name.is_none_or(|name| self.know(name));
        match &step.content {
            Some(Step::Value(term)) => self.know_term(term),
            Some(Step::Unary(unary)) => know(unary.ffi_name),
            Some(Step::Binary(binary)) => know(binary.ffi_name),
            Some(Step::Closure(closure)) => {
                closure.params.iter().all(|name| self.know(u64::from(*name)))
                    && closure.ops.iter().all(|step| self.know_step(step))
            }
            None => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use biscuit_auth::datalog::SymbolTable;

    use super::*;

    #[test]
    fn the_library_numbers_names_so() {
        let mut names = SymbolTable::new();
        assert!((0..COMMON).all(|name| names.print_symbol(name).is_ok()));
        assert!((COMMON..FIRST_BROUGHT + 10).all(|name| names.print_symbol(name).is_err()));
        assert_eq!(names.insert("something of our own"), FIRST_BROUGHT);
    }
}
