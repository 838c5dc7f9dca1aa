//! The suite: every hostile statement, run in both worlds, and the list of what got through.

use steading::base::db::session::Voice;

use super::attack::{Attack, Ending, Outcome};
use super::hostile;
use super::world::{FOREIGN, TOLD, Template, World};

/// A guard that a test can leave out, to see that the suite would notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    Authorizer,
    /// The gate before the engine, which refuses EXPLAIN and the marks of other voices.
    Gate,
    SecretNames,
    TenantFilter,
    TenantInEveryKey,
}

/// How the attacker's connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// The connection of a reader.
    ReadOnly,
    /// A writer's connection without a transaction.
    Autocommit,
    /// A writer's connection inside a batch.
    InBatch,
}

/// A statement that did or learned what it must not.
#[derive(Debug)]
pub struct Breach {
    pub sql: String,
    pub how: String,
}

#[derive(Debug, Default)]
pub struct Report {
    pub statements: usize,
    pub breaches: Vec<Breach>,
    /// Statements that kept within their tenant and still ended otherwise than the table says.
    pub surprises: Vec<String>,
}

/// Runs every hostile statement.
pub fn run(manner: Manner, without: Option<Guard>) -> Report {
    let templates = [Template::new(true, without), Template::new(false, without)];
    let open = || [0, 1].map(|index: usize| templates[index].open(manner, without));
    let mut report = Report::default();
    let mut worlds = open();
    for (attack, sql) in hostile::filled_in(&worlds[0].tenant_tables()) {
        let [crowded, lonely] =
            [0, 1].map(|index: usize| attempt(&worlds[index], manner, without, &attack, &sql));
        report.statements += 1;
        let found = judge(&worlds, &crowded, &lonely, &sql);
        report.breaches.extend(found.into_iter().map(|how| Breach { sql: sql.clone(), how }));
        if crowded.ending != attack.ending {
            report.surprises.push(format!("{sql}\n    {:?}: {}", crowded.ending, crowded.transcript));
        }
        // What only read left no trace, and the next may use the same worlds. Without the authorizer
        // a trace may lie on the connection.
        let left_a_trace = match without {
            Some(Guard::Authorizer) => matches!(crowded.ending, Ending::Fails | Ending::Runs),
            _ => !worlds.iter().all(World::is_untouched),
        };
        if left_a_trace {
            worlds = open();
        }
    }
    report
}

fn attempt(world: &World, manner: Manner, without: Option<Guard>, attack: &Attack, sql: &str) -> Outcome {
    let dir = world.dir.path().to_str().expect("a path in UTF-8");
    let sql = sql.replace("{dir}", dir);
    let run = || {
        let mut outcome = attack.run(&world.conn, &world.shared, &sql, without != Some(Guard::Gate));
        outcome.transcript = outcome.transcript.replace(dir, "{dir}");
        outcome
    };
    if manner != Manner::InBatch {
        return run();
    }
    control(world, "BEGIN IMMEDIATE");
    control(world, "SAVEPOINT piece");
    let outcome = run();
    // OR ROLLBACK and the time limit take the whole transaction along.
    if !world.conn.is_autocommit() {
        if outcome.ending != Ending::Runs {
            control(world, "ROLLBACK TO piece");
        }
        control(world, "RELEASE piece");
        control(world, "COMMIT");
    }
    outcome
}

/// Runs what the writer itself runs, in the writer's words.
fn control(world: &World, text: &str) {
    world.shared.speak_as(Voice::Store);
    let marked = format!("/* store */ {text}");
    world.conn.prepare_cached(&marked).and_then(|mut statement| statement.execute([])).expect("control");
    world.shared.speak_as(Voice::Tenant);
}

fn judge(worlds: &[World; 2], crowded: &Outcome, lonely: &Outcome, sql: &str) -> Vec<String> {
    let mut found: Vec<String> = worlds.iter().flat_map(World::damage).map(str::to_owned).collect();
    let shown = |mark: &str| crowded.transcript.contains(mark) && !sql.contains(mark);
    found.extend(FOREIGN.iter().filter(|(_, mark)| shown(mark)).map(|(_, mark)| format!("showed {mark}")));
    if worlds.iter().any(|world| crowded.transcript.contains(&world.secret)) && !sql.contains(TOLD) {
        found.push("showed the secret names".into());
    }
    if crowded != lonely {
        found.push(format!("others made a difference: {crowded:?} among them, {lonely:?} alone"));
    }
    if !worlds.iter().all(World::is_untouched) {
        match (worlds[0].own_rows(), worlds[1].own_rows()) {
            (Ok(among), Ok(alone)) if among == alone => {}
            _ => found.push("others made a difference to what it changed".into()),
        }
    }
    found
}
