//! The documents: every path and every command that they name exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn documents() -> Vec<PathBuf> {
    let in_folder = |folder: &str| {
        fs::read_dir(Path::new(ROOT).join(folder))
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
            .collect::<Vec<_>>()
    };
    [in_folder("."), in_folder("docs"), in_folder("docs/benchmarks"), in_folder("benches/peers")].concat()
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

/// The commands of our binary that a text names, as the words after `steading`.
fn commands_of(text: &str) -> BTreeSet<Vec<String>> {
    let mut commands = BTreeSet::new();
    for code in code_of(text) {
        let mut rest = code.as_str();
        while let Some(start) = rest.find("steading ") {
            let before = rest[..start].chars().last();
            rest = &rest[start + "steading ".len()..];
            if before.is_some_and(|c| !matches!(c, ' ' | '(' | '=')) || code.contains("docker") {
                continue;
            }
            let words = rest.split([')', '>', '|']).next().unwrap_or(rest).split_whitespace();
            let words: Vec<String> = words
                .take_while(|word| word.chars().all(|c| c.is_ascii_lowercase()))
                .map(str::to_owned)
                .collect();
            // `sudo -u steading steading …` names a user first.
            if words.first().is_some_and(|word| word != "steading") {
                commands.insert(words);
            }
        }
    }
    commands
}

fn help_of(words: &[&str]) -> Option<String> {
    let output =
        Command::new(env!("CARGO_BIN_EXE_steading")).args(words).arg("--help").output().expect("it runs");
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn every_command_in_a_document_exists() {
    let mut seen = 0;
    for document in documents() {
        let text = fs::read_to_string(&document).expect("a document");
        for words in commands_of(&text) {
            let [first, ..] = &words[..] else { continue };
            let help = help_of(&[first]);
            let help = help.unwrap_or_else(|| panic!("{} names `steading {first}`", document.display()));
            if let Some(second) = words.get(1)
                && help.contains("Commands:")
            {
                assert!(
                    help.contains(&format!("  {second} ")),
                    "{} names `steading {first} {second}`",
                    document.display()
                );
            }
            seen += 1;
        }
    }
    assert!(seen > 10, "the documents name commands");
}

#[test]
fn every_option_in_a_shell_block_exists() {
    for document in documents() {
        let text = fs::read_to_string(&document).expect("a document");
        for line in code_of(&text).iter().filter(|line| line.contains("steading ") && line.contains(" --")) {
            let own = line.strip_prefix("sudo -u steading ").unwrap_or(line);
            let Some(after) = own.split("steading ").nth(1) else { continue };
            if line.contains("docker") || line.contains("cargo") {
                continue;
            }
            let words: Vec<&str> =
                after.split([')', '|', '>']).next().unwrap_or(after).split_whitespace().collect();
            let command: Vec<&str> = words
                .iter()
                .copied()
                .take_while(|word| word.starts_with(|c: char| c.is_ascii_lowercase()))
                .take_while(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
                .take(2)
                .collect();
            let help = (1..=command.len()).rev().find_map(|length| help_of(&command[..length]));
            let help = help.unwrap_or_else(|| panic!("{} has `{line}`", document.display()));
            for option in words.iter().filter(|word| word.starts_with("--")) {
                assert!(help.contains(*option), "{} has `{line}`: {option} is unknown", document.display());
            }
        }
    }
}

#[test]
fn the_exit_codes_and_failures_are_all_documented() {
    let api = fs::read_to_string(Path::new(ROOT).join("docs/api.md")).expect("a document");
    for (_, code, status) in steading::http::FAILURES {
        assert!(api.contains(&format!("| `{code}` | {status} |")), "docs/api.md misses {code}");
    }
}

#[test]
fn the_readme_is_short() {
    let readme = fs::read_to_string(Path::new(ROOT).join("README.md")).expect("a document");
    assert!(readme.lines().count() < 150);
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
    let text = fs::read_to_string(Path::new(ROOT).join("docs/security.md")).expect("a document");
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
