//! The hostile statements, grouped by what they are after. `{secret}` is what the attacker believes
//! the secret to be, `{dir}` the directory of the file, `{base}` and `{view}` each tenant table.

mod audit;
mod change;
mod count;
mod destroy;
mod each_table;
mod engine;
mod files;
mod probe;
mod read;
mod resources;
mod schema;
mod spoof;
mod temporary;
mod transaction;

use super::attack::Attack;
use super::world::TOLD;

const GROUPS: &[&[Attack]] = &[
    read::ATTACKS,
    count::ATTACKS,
    spoof::ATTACKS,
    probe::ATTACKS,
    change::ATTACKS,
    audit::ATTACKS,
    destroy::ATTACKS,
    schema::ATTACKS,
    engine::ATTACKS,
    files::ATTACKS,
    transaction::ATTACKS,
    temporary::ATTACKS,
    resources::ATTACKS,
];

/// Every attack, with the statement as it is sent.
pub fn filled_in(tables: &[String]) -> Vec<(Attack, String)> {
    let written = GROUPS.iter().flat_map(|group| group.iter()).map(|attack| (*attack, attack.sql.to_owned()));
    let generated = tables.iter().flat_map(|base| {
        let view = base.trim_end_matches("_all");
        each_table::ATTACKS
            .iter()
            .map(move |attack| (*attack, attack.sql.replace("{base}", base).replace("{view}", view)))
    });
    written.chain(generated).map(|(attack, sql)| (attack, sql.replace("{secret}", TOLD))).collect()
}
