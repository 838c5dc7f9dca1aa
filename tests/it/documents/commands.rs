//! The commands that the documents name are those that there are, and the other way round.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use super::{code_of, documents, read};

/// The commands of our binary that a text names, as the words after `steading`. `create|list` are two of them, in a table
/// with a backslash before the line.
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
            let own = rest.split([')', '>']).next().unwrap_or(rest);
            let own = own.split(" |").next().unwrap_or(own).replace('\\', "");
            let words = own.split_whitespace().take_while(|word| is_word(word));
            let words: Vec<&str> = words.collect();
            // `sudo -u steading steading …` names a user first.
            if words.first().is_some_and(|word| *word != "steading") {
                commands.extend(each_of(&words));
            }
        }
    }
    commands
}

fn is_word(word: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c == '-' || c == '|';
    word.starts_with(|c: char| c.is_ascii_lowercase()) && word.chars().all(is_plain)
}

/// A command for each of the alternatives in its words.
fn each_of(words: &[&str]) -> Vec<Vec<String>> {
    let mut all = vec![Vec::new()];
    for word in words {
        let longer = |begun: &Vec<String>, one: &str| [begun.clone(), vec![one.to_owned()]].concat();
        all = all.iter().flat_map(|begun| word.split('|').map(move |one| longer(begun, one))).collect();
    }
    all
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
    assert!(seen > 100, "the documents name commands: {seen}");
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

/// The subcommands that a help lists, `help` itself left out.
fn listed_in(help: &str) -> BTreeSet<String> {
    let list = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = list.take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    names.map(str::to_owned).collect()
}

#[test]
fn every_command_is_in_the_table_of_commands() {
    let text = read("docs/operations.md");
    let table =
        text.split("## Commands").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("the section");
    let rows = table.lines().filter(|line| line.starts_with("| `steading "));
    // What the second column says of them names more than commands.
    let rows: Vec<&str> = rows.filter_map(|row| row.split(" | ").next()).collect();
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for words in commands_of(&rows.join("\n")) {
        told.entry(words[0].clone()).or_default().extend(words.get(1).cloned());
    }
    let known = listed_in(&help_of(&[]).expect("it helps"));
    assert!(known.len() > 15, "{known:?}");
    assert_eq!(told.keys().cloned().collect::<BTreeSet<_>>(), known);
    for (command, told) in &told {
        assert_eq!(*told, listed_in(&help_of(&[command]).expect("it helps")), "steading {command}");
    }
}
