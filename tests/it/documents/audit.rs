//! The table of what is in the audit has every act that the source writes down.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{ROOT, code_of, read};

/// Words of this form that name a place in the input.
const NO_AREAS: &[&str] = &["target"];

/// `area.verb`, as acts are called.
fn is_act(word: &str) -> bool {
    let is_name = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    word.split_once('.')
        .is_some_and(|(area, verb)| is_name(area) && is_name(verb) && !NO_AREAS.contains(&area))
}

/// The literals of this form in files that make acts, as some hand theirs to a function of the same file; but for the names
/// of kinds of jobs.
fn acts_in(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            acts_in(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source");
            // Unit tests stand at the end of a file.
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            if text.contains("Act::new(") || text.contains("action: \"") {
                let pieces: Vec<&str> = text.split('"').collect();
                let literals = pieces.chunks_exact(2).filter(|pair| !pair[0].ends_with("KindInfo::new("));
                found.extend(literals.map(|pair| pair[1]).filter(|word| is_act(word)).map(str::to_owned));
            }
        }
    }
}

#[test]
fn every_act_is_in_the_table_of_the_audit() {
    let text = read("docs/identity.md");
    let table = text.lines().skip_while(|line| !line.starts_with("| action |")).skip(2);
    let told: BTreeSet<String> = table
        .take_while(|line| line.starts_with('|'))
        .filter_map(|row| row.split('|').nth(1))
        .flat_map(code_of)
        .filter(|word| is_act(word))
        .collect();
    let mut made = BTreeSet::new();
    acts_in(&Path::new(ROOT).join("src"), &mut made);
    assert!(made.len() > 60, "the acts are found: {made:?}");
    assert_eq!(told, made);
}
