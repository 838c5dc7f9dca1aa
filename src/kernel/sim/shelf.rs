//! A shelf: the rows of one table, with what a transaction changed on it, so that a part of it or all of
//! it can be undone.

use std::collections::{BTreeMap, HashMap};

use super::rows::Kept;
use crate::base::db::by_hand::Cell;

#[derive(Debug)]
pub(super) struct Shelf<R: Kept> {
    rows: BTreeMap<R::Key, R>,
    /// Which row has which number in the file.
    places: HashMap<i64, R::Key>,
    /// What was before, the last change last.
    log: Vec<Before<R>>,
    mark: usize,
}

/// One change, as it is undone. Numbers of rows that are gone are given to others.
#[derive(Debug)]
struct Before<R: Kept> {
    key: R::Key,
    row: Option<R>,
    place: i64,
    had_place: Option<R::Key>,
}

impl<R: Kept> Default for Shelf<R> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), places: HashMap::new(), log: Vec::new(), mark: 0 }
    }
}

impl<R: Kept> Shelf<R> {
    /// A statement changed a row: under which key it is, and what was there before.
    pub(super) fn take(&mut self, place: i64, cells: Option<Vec<Cell>>) -> Option<(R::Key, Option<R>)> {
        let (key, row, had_place) = match cells {
            Some(cells) => {
                let (key, row) = R::read(cells);
                let had_place = self.places.insert(place, key.clone());
                (key.clone(), self.rows.insert(key, row), had_place)
            }
            None => {
                let key = self.places.remove(&place)?;
                (key.clone(), self.rows.remove(&key), Some(key))
            }
        };
        self.log.push(Before { key: key.clone(), row: row.clone(), place, had_place });
        Some((key, row))
    }

    /// The next part of the transaction begins.
    pub(super) fn mark(&mut self) {
        self.mark = self.log.len();
    }

    pub(super) fn undo_part(&mut self) {
        self.undo_to(self.mark);
    }

    pub(super) fn undo_all(&mut self) {
        self.undo_to(0);
    }

    fn undo_to(&mut self, mark: usize) {
        while self.log.len() > mark {
            let Some(Before { key, row, place, had_place }) = self.log.pop() else { return };
            match row {
                Some(row) => drop(self.rows.insert(key, row)),
                None => drop(self.rows.remove(&key)),
            }
            match had_place {
                Some(key) => drop(self.places.insert(place, key)),
                None => drop(self.places.remove(&place)),
            }
        }
        self.mark = mark;
    }

    pub(super) fn commit(&mut self) {
        self.log.clear();
        self.mark = 0;
    }

    /// The keys that this transaction has changed so far.
    pub(super) fn changed(&self) -> impl Iterator<Item = &R::Key> {
        self.log.iter().map(|before| &before.key)
    }

    pub(super) fn get(&self, key: &R::Key) -> Option<&R> {
        self.rows.get(key)
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (&R::Key, &R)> {
        self.rows.iter()
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Takes these rows for what is in the file; or says how they differ from what it has.
    pub(super) fn compare(&self, found: Vec<(i64, Vec<Cell>)>) -> Result<(), String> {
        let found: BTreeMap<R::Key, R> = found.into_iter().map(|(_, cells)| R::read(cells)).collect();
        let differs = self.rows.keys().chain(found.keys()).find(|key| self.rows.get(key) != found.get(key));
        match differs {
            None => Ok(()),
            Some(key) => Err(format!(
                "{key:?} is {:?} in the file, and what was acknowledged is {:?}",
                found.get(key),
                self.rows.get(key)
            )),
        }
    }

    pub(super) fn fill(&mut self, found: Vec<(i64, Vec<Cell>)>) {
        for (place, cells) in found {
            self.take(place, Some(cells));
        }
        self.commit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::sim::rows::GroupRow;

    fn letters(print: &str) -> Option<Vec<Cell>> {
        Some(vec![Cell::Int(2), Cell::Text(print.into()), Cell::Int(1)])
    }

    #[test]
    fn a_row_whose_number_another_had_for_a_while_is_found_by_it_again() {
        let mut shelf = Shelf::<GroupRow>::default();
        shelf.take(7, letters("old"));
        shelf.commit();
        shelf.take(7, None);
        shelf.take(7, letters("new"));
        shelf.undo_all();
        let taken = shelf.take(7, None);
        assert_eq!(taken, Some(((2, "old".into()), Some(GroupRow(1)))));
        assert_eq!(shelf.len(), 0);
    }
}
