//! What the holder of a token can do to it without asking anybody.

use biscuit_auth::{BlockBuilder, UnverifiedBiscuit};

/// The token with a further block of this source.
pub fn narrow(token: &str, source: &str) -> String {
    append(token, BlockBuilder::new().code(source).expect("the block can be read"))
}

pub fn append(token: &str, block: BlockBuilder) -> String {
    let held = UnverifiedBiscuit::from_base64(token).expect("a token");
    held.append(block).expect("a token can be narrowed").to_base64().expect("a token can be written")
}
