//! The configuration loader meets whatever people and scripts may give it.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use steading::base::config::{Config, DEFAULTS, load};
use steading::base::{Kind, Result};
use tempfile::NamedTempFile;
use toml::{Table, Value};

/// Every option as its section and its key.
static OPTIONS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let table: Table = DEFAULTS.parse().expect("the defaults are TOML");
    let options = |(section, options): (String, Value)| {
        let keys: Vec<String> = options.as_table().expect("a section").keys().cloned().collect();
        keys.into_iter().map(move |key| (section.clone(), key))
    };
    table.into_iter().flat_map(options).collect()
});

fn load_text(text: &[u8]) -> Result<Config> {
    let file = NamedTempFile::new().expect("a file");
    fs::write(file.path(), text).expect("its text");
    load(Some(file.path()), [])
}

/// For each property; together well over a thousand.
const CASES: u32 = 256;

const VALUES: &[&str] =
    &["1", "-1", "true", "\"1s\"", "\"\"", "[]", "{}", "1e999", "1979-05-27", "9999999999999999999"];

/// Text that is TOML, or nearly.
fn nearly_toml() -> impl Strategy<Value = String> {
    let names: Vec<String> =
        OPTIONS.iter().cloned().flat_map(|(section, key)| [section, key]).chain(["".into()]).collect();
    let name = prop_oneof![select(names), "[a-z_.]{0,12}", "\\PC{0,6}"];
    let value = prop_oneof![select(VALUES).prop_map(String::from), "\\PC{0,12}"];
    let line = (name, value, 0..3).prop_map(|(name, value, shape)| match shape {
        0 => format!("[{name}]\n"),
        1 => format!("{name} = {value}\n"),
        _ => format!("\"{name}\" = {value}\n"),
    });
    vec(line, 0..8).prop_map(|lines| lines.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(CASES) })]

    #[test]
    fn a_file_of_any_bytes_is_refused_or_taken_but_never_panics(bytes in vec(any::<u8>(), 0..200)) {
        let _ = load_text(&bytes);
    }

    #[test]
    fn a_file_that_is_nearly_right_is_refused_with_what_to_do_or_taken(text in nearly_toml()) {
        if let Err(error) = load_text(text.as_bytes()) {
            prop_assert_eq!(error.kind(), Kind::ValidationFailed);
            prop_assert!(error.message().len() > 20, "{}", error);
        }
    }

    #[test]
    fn any_environment_is_refused_or_taken_but_never_panics(
        variables in vec(("(STEADING__)?[A-Z_]{0,20}|STEADING__\\PC{0,10}", "\\PC{0,20}"), 0..4),
    ) {
        if let Err(error) = load(None, variables) {
            prop_assert_eq!(error.kind(), Kind::ValidationFailed);
        }
    }

    #[test]
    fn any_value_of_any_option_is_refused_with_its_name_or_taken(
        at in any::<Index>(),
        value in prop_oneof!["\\PC{0,20}", "-?[0-9]{1,25}", "[0-9]{1,12} ?(ms|s|m|h|d|y|B|MiB|EiB)"],
    ) {
        let (section, key) = at.get(&OPTIONS);
        let name = format!("STEADING__{}__{}", section.to_uppercase(), key.to_uppercase());
        if let Err(error) = load(None, [(name.clone(), value)]) {
            let named = error.message().contains(&name) || error.message().contains(&format!("{section}.{key}"));
            prop_assert!(named, "{}", error);
        }
    }

    #[test]
    fn a_slip_of_the_pen_is_answered_with_what_was_meant(
        at in any::<Index>(), place in any::<Index>(), letter in "[xyz]", slip in 0..3,
    ) {
        let (section, key) = at.get(&OPTIONS);
        let mut written: Vec<char> = key.chars().collect();
        let place = place.index(written.len());
        match slip {
            0 => written.insert(place, 'x'),
            1 => written[place] = letter.chars().next().expect("a letter"),
            _ => drop(written.remove(place)),
        }
        let written: String = written.into_iter().collect();
        prop_assume!(!written.is_empty() && !OPTIONS.contains(&(section.clone(), written.clone())));
        let error = load_text(format!("[{section}]\n{written} = 1").as_bytes()).expect_err("no such option");
        prop_assert!(error.message().contains(&format!("the closest is {section}.{key}.")), "{}", error);
    }

    #[test]
    fn an_unknown_option_is_always_answered_with_one_that_exists(
        section in "[a-z_]{1,200}", key in "[a-zé]{1,20}",
    ) {
        let mut known = OPTIONS.iter().map(|(section, key)| format!("the closest is {section}.{key}."));
        let error = load_text(format!("[{section}]\n\"{key}\" = 1").as_bytes()).expect_err("no such option");
        prop_assert!(known.any(|advice| error.message().contains(&advice)), "{}", error);
    }
}

#[test]
fn the_defaults_are_taken() {
    load(None, []).expect("they are right");
    load(Some(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/config.toml"))), []).expect("as a file, too");
}

#[test]
fn a_list_is_written_with_commas_in_the_environment() {
    let load_list = |text: &str| {
        load(None, [("STEADING__OUTBOUND__ALLOW".into(), text.into())]).map(|config| config.outbound.allow)
    };
    let allowed = load_list("sso.lan:8443, 10.0.0.5:443,").expect("two destinations");
    let written: Vec<String> = allowed.iter().map(ToString::to_string).collect();
    assert_eq!(written, ["sso.lan:8443", "10.0.0.5:443"]);
    assert!(load_list("").expect("none").is_empty());
    assert!(load_list("sso.lan").expect_err("no port").message().contains("outbound.allow"));
}
