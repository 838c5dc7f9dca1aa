//! Changes to an input: bytes, pieces of others, and words that mean something to whoever reads it.

use fastrand::Rng;

/// Longer inputs try the limits of length and nothing else.
const LONGEST: usize = 8_192;

/// What parsers stumble over, whatever they read.
const WORDS: &[&str] = &[
    "\0",
    "\r\n",
    "\n",
    "\t",
    " ",
    "%00",
    "%2e%2e%2f",
    "../",
    "\\",
    "\"",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    ";",
    ".",
    "..",
    "*",
    "/",
    "-",
    "-1",
    "0",
    "+1",
    "1e309",
    "9223372036854775808",
    "18446744073709551616",
    "NaN",
    "null",
    "\u{feff}",
    "\u{202e}",
    "é",
    "ß",
    "İ",
    "🔥",
];

/// Changes an input in a few places.
pub fn mutate(input: &mut Vec<u8>, pool: &[Vec<u8>], words: &[&str], rng: &mut Rng) {
    for _ in 0..rng.usize(1..=4) {
        change(input, pool, words, rng);
    }
    input.truncate(LONGEST);
}

fn change(input: &mut Vec<u8>, pool: &[Vec<u8>], words: &[&str], rng: &mut Rng) {
    let at = rng.usize(..=input.len());
    let end = rng.usize(at..=input.len().min(at + 16));
    match rng.u8(..9) {
        0 if at < input.len() => input[at] = rng.u8(..),
        1 if at < input.len() => input[at] ^= 1 << rng.u8(..8),
        2 => drop(input.drain(at..end)),
        3 => {
            let piece = input[at..end].to_vec();
            let times = if rng.u8(..20) == 0 { 500 } else { rng.usize(1..4) };
            drop(input.splice(at..at, piece.repeat(times)));
        }
        4 => {
            let other = &pool[rng.usize(..pool.len())];
            let from = rng.usize(..=other.len());
            let to = rng.usize(from..=other.len());
            drop(input.splice(at..end, other[from..to].iter().copied()));
        }
        5 => {
            let bytes: Vec<u8> = (0..rng.usize(1..8)).map(|_| rng.u8(..)).collect();
            drop(input.splice(at..at, bytes));
        }
        6 if at < input.len() => input[at] = input[at].to_ascii_uppercase(),
        _ => {
            let known = if rng.bool() || words.is_empty() { WORDS } else { words };
            let word = known[rng.usize(..known.len())];
            drop(input.splice(at..end, word.bytes()));
        }
    }
}
