//! What is tried: how a token comes to be, in bytes that a fuzzer may change as it likes.

/// More than a token may hold, so that too many are tried too.
const MOST_STEPS: usize = 8;

/// How a token comes to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipe {
    /// Somebody who holds the base token appends these blocks and signs them, as a holder can.
    Signed(Vec<Step>),
    /// The bytes of a token, whatever they are.
    Token(Vec<u8>),
    /// What stands in the header in place of a token.
    Text(Vec<u8>),
}

/// One appended block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub block: Vec<u8>,
    /// Whether the next block's key is of the slower kind.
    pub slow_key: bool,
}

impl Recipe {
    /// Reads any bytes.
    pub fn read(bytes: &[u8]) -> Self {
        let Some((kind, mut rest)) = bytes.split_first() else { return Self::Text(Vec::new()) };
        match kind % 3 {
            1 => return Self::Token(rest.to_vec()),
            2 => return Self::Text(rest.to_vec()),
            _ => {}
        }
        let mut steps = Vec::new();
        while let [flags, low, high, more @ ..] = rest
            && steps.len() < MOST_STEPS
        {
            let length = usize::from(u16::from_le_bytes([*low, *high])).min(more.len());
            let (block, after) = more.split_at(length);
            steps.push(Step { block: block.to_vec(), slow_key: flags & 1 == 1 });
            rest = after;
        }
        Self::Signed(steps)
    }

    pub fn write(&self) -> Vec<u8> {
        match self {
            Self::Token(bytes) => [&[1], &bytes[..]].concat(),
            Self::Text(bytes) => [&[2], &bytes[..]].concat(),
            Self::Signed(steps) => {
                let mut written = vec![0];
                for Step { block, slow_key } in steps.iter().take(MOST_STEPS) {
                    let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
                    written.push(u8::from(*slow_key));
                    written.extend(length.to_le_bytes());
                    written.extend(&block[..usize::from(length)]);
                }
                written
            }
        }
    }
}
