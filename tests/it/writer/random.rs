//! Thousands of writes of every kind, mixed: what was acknowledged is there, and nothing else is.

use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::time::Duration;

use fastrand::Rng;
use steading::base::Error;
use steading::bind;

use super::stage::{INSERT_FOR_EVER, Pending, Stage, insert, insert_or_rollback};

const SEED: u64 = 0x57EA_D146;
const WRITES: usize = 4_000;

/// A write of this id in one of the ways in which one can go, mostly well.
fn some_write<'s>(stage: &'s Stage, kind: u32, id: &str) -> Pending<'s> {
    let id = id.to_owned();
    stage.write(move |tx| {
        insert(tx, &id)?;
        match kind {
            0..=4 => Err(Error::conflict("I changed my mind.")),
            5..=9 => resume_unwind(Box::new("out of cheese")),
            10..=14 => insert(tx, "first"),
            15..=17 => insert_or_rollback(tx, "first"),
            18 | 19 => {
                let _ = insert_or_rollback(tx, "first");
                let _ = insert(tx, &format!("stray of {id}"));
                Ok(())
            }
            20 => tx.run(&INSERT_FOR_EVER, bind! {}),
            _ => Ok(()),
        }
    })
}

#[actix_web::test]
async fn whatever_is_acknowledged_is_there_and_whatever_is_refused_is_not() {
    println!("seed {SEED:#x}");
    let mut random = Rng::with_seed(SEED);
    let mut stage = Stage::open_with(|settings| settings.write_limit = Duration::from_millis(60));
    stage.insert("first").await.expect("a row to collide with");
    let (mut acknowledged, mut refused) = (BTreeSet::from(["first".to_owned()]), 0);
    let mut next = 0;
    while next < WRITES {
        let size = random.usize(1..=128);
        let wave: Vec<(u32, String)> =
            (0..size).map(|place| (random.u32(0..200), format!("row {}", next + place))).collect();
        next += size;
        let writes = wave.iter().map(|(kind, id)| some_write(&stage, *kind, id)).collect();
        for (outcome, (kind, id)) in stage.together(writes).await.into_iter().zip(&wave) {
            assert_eq!(outcome.is_err(), *kind <= 20, "{id} of kind {kind}: {outcome:?}");
            match outcome {
                Ok(()) => drop(acknowledged.insert(id.clone())),
                Err(_) => refused += 1,
            }
        }
    }
    println!("{} acknowledged, {refused} refused", acknowledged.len());
    assert!(refused > 200, "the mix has failures in it");
    stage.reopen();
    assert_eq!(stage.ids(), acknowledged);
}
