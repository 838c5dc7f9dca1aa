//! The documents: every path and every command that they name exists.

mod audit;
mod commands;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Every document there is, wherever it lies; not what was built or fetched.
fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    documents_in(Path::new(ROOT), &mut found);
    assert!(found.len() > 25, "the documents are found: {found:?}");
    found
}

fn documents_in(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() && !["target", "node_modules"].contains(&name) && !name.starts_with('.') {
            documents_in(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

fn read(document: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(document)).expect("a document")
}

/// What stands between backticks, and the lines of shell blocks.
fn code_of(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut block: Option<String> = None;
    for line in text.lines() {
        if let Some(language) = line.strip_prefix("```") {
            block = match block {
                None => Some(language.to_owned()),
                Some(_) => None,
            };
        } else if let Some(language) = &block {
            if language.split(' ').next() == Some("sh") {
                found.push(line.split(" # ").next().unwrap_or(line).trim().to_owned());
            }
        } else {
            found.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    found
}

/// Paths of the repository that a text names: in backticks, and as the targets of links.
fn paths_of(text: &str) -> BTreeSet<String> {
    let roots = ["src/", "tests/", "docs/", "migrations/", "static/", "benches/", "scripts/", ".ci/"];
    let is_path = |word: &str| roots.iter().any(|root| word.starts_with(root));
    let in_code = code_of(text)
        .into_iter()
        .flat_map(|code| code.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .filter(|word| is_path(word) && !word.contains(['<', '*', '…', '{']));
    let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let local = links
        .filter(|link| !link.starts_with("http") && !link.starts_with('#'))
        .map(|link| link.split('#').next().unwrap_or(link).to_owned());
    in_code.chain(local).collect()
}

#[test]
fn every_path_in_a_document_exists() {
    for document in documents() {
        let text = fs::read_to_string(&document).expect("a document");
        let folder = document.parent().expect("a folder");
        for path in paths_of(&text) {
            let plain = path.trim_end_matches([',', '.', ';', ':', ')']);
            let exists = Path::new(ROOT).join(plain).exists() || folder.join(plain).exists();
            // The example of a migration's name stands for all of them.
            let is_example = plain.starts_with("migrations/V0001__area_object");
            assert!(exists || is_example, "{} names {plain}, which does not exist", document.display());
        }
    }
}

#[test]
fn every_failure_is_documented() {
    let api = read("docs/api.md");
    for (_, code, status) in steading::http::FAILURES {
        assert!(api.contains(&format!("| `{code}` | {status} |")), "docs/api.md misses {code}");
    }
}

#[test]
fn every_schedule_of_the_instance_is_documented() {
    let text = read("docs/schedules.md");
    for schedule in steading::addons::schedules() {
        assert!(
            text.contains(&format!("| `{}` |", schedule.name)),
            "docs/schedules.md misses {}",
            schedule.name
        );
    }
}

#[test]
fn the_readme_is_short() {
    assert!(read("README.md").lines().count() < 150);
}

/// Whether a word is the name of a test: several words in small letters, and no option, which has a section.
fn is_test(word: &str) -> bool {
    word.matches('_').count() >= 3 && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

fn sources_in(folder: &Path, found: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources_in(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push_str(&fs::read_to_string(&path).expect("a source"));
        }
    }
}

#[test]
fn every_test_that_holds_a_promise_of_security_exists() {
    let text = read("docs/security.md");
    let mut sources = String::new();
    for folder in ["src", "tests/it"] {
        sources_in(&Path::new(ROOT).join(folder), &mut sources);
    }
    let code = code_of(&text);
    let named: Vec<&String> = code.iter().filter(|word| is_test(word)).collect();
    assert!(named.len() > 15, "it names its tests: {named:?}");
    for name in named {
        assert!(
            sources.contains(&format!("fn {name}()")),
            "docs/security.md names {name}, which does not exist"
        );
    }
}
