//! One piece of work fails among 63 others in its transaction: they commit, and it hears why.

use std::panic::resume_unwind;
use std::time::Duration;

use steading::base::db::{Only, Write};
use steading::base::{Error, Kind, Result};
use steading::bind;

use super::stage::{COUNT_FOR_EVER, INSERT, INSERT_FOR_EVER, Stage, insert, insert_or_rollback};

/// Long for a row, short for a test.
const SHORT: Duration = Duration::from_millis(200);

/// Runs the culprit, after it has written a row, amid 63 others, and gives back what it hears.
async fn amid_others(mut culprit: impl FnMut(&Write<'_>) -> Result<()> + Send + 'static) -> Error {
    let mut stage = Stage::open_with(|settings| settings.write_limit = SHORT);
    stage.insert("first").await.expect("a row to collide with");
    let mut writes: Vec<_> = (0..63).map(|number| stage.insert(format!("other {number}"))).collect();
    let failing = stage.write(move |tx| {
        insert(tx, "culprit")?;
        culprit(tx)
    });
    writes.insert(31, failing);
    let mut outcomes = stage.together(writes).await;
    let culprit = outcomes.remove(31).expect_err("the culprit fails");
    for outcome in outcomes {
        outcome.expect("the others do not");
    }
    stage.reopen();
    let expected = (0..63).map(|number| format!("other {number}")).chain(["first".into()]).collect();
    assert_eq!(stage.ids(), expected);
    culprit
}

#[actix_web::test]
async fn a_write_that_fails_costs_the_others_nothing() {
    let error = amid_others(|_| Err(Error::conflict("I changed my mind."))).await;
    assert_eq!((error.kind(), error.message()), (Kind::Conflict, "I changed my mind."));
}

#[actix_web::test]
async fn a_write_that_panics_costs_the_others_nothing() {
    let error = amid_others(|_| resume_unwind(Box::new("out of cheese"))).await;
    assert_eq!(error.kind(), Kind::Internal);
    assert!(error.to_string().contains("out of cheese"), "{error}");
}

#[actix_web::test]
async fn a_read_inside_a_write_that_takes_too_long_costs_the_others_nothing() {
    let error = amid_others(|tx| tx.one::<Only<i64>>(&COUNT_FOR_EVER, bind! {}).map(drop)).await;
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(error.message().contains("time limit"), "{error}");
}

#[actix_web::test]
async fn a_statement_that_takes_too_long_and_its_transaction_with_it_costs_the_others_nothing() {
    let error = amid_others(|tx| tx.run(&INSERT_FOR_EVER, bind! {})).await;
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(error.message().contains("time limit"), "{error}");
}

#[actix_web::test]
async fn a_write_that_rolls_the_transaction_back_costs_the_others_nothing() {
    let error = amid_others(|tx| insert_or_rollback(tx, "first")).await;
    assert_eq!(error.kind(), Kind::Conflict);
}

#[actix_web::test]
async fn a_write_that_violates_a_key_costs_the_others_nothing() {
    let error = amid_others(|tx| insert(tx, "first")).await;
    assert_eq!(error.kind(), Kind::Conflict);
}

#[actix_web::test]
async fn a_write_that_violates_a_check_costs_the_others_nothing() {
    let error = amid_others(|tx| tx.run(&INSERT, bind! { id: "odd", status: "on fire" })).await;
    assert_eq!(error.kind(), Kind::Internal);
}

#[actix_web::test]
async fn a_write_that_goes_on_after_its_transaction_is_gone_writes_nothing() {
    let error = amid_others(|tx| {
        let _ = insert_or_rollback(tx, "first");
        let _ = insert(tx, "stray");
        Ok(())
    })
    .await;
    assert_eq!(error.kind(), Kind::Internal);
}

#[actix_web::test]
async fn several_that_destroy_the_transaction_are_taken_out_one_by_one() {
    let mut stage = Stage::open();
    stage.insert("first").await.expect("a row to collide with");
    let write = |number: usize| match number % 4 {
        0 => stage.write(|tx| insert_or_rollback(tx, "first")),
        _ => stage.insert(format!("other {number}")),
    };
    let outcomes = stage.together((0..64).map(write).collect()).await;
    let failed: Vec<usize> = (0..64).filter(|number| outcomes[*number].is_err()).collect();
    assert_eq!(failed, (0..64).step_by(4).collect::<Vec<_>>());
    stage.reopen();
    assert_eq!(stage.ids().len(), 1 + 48);
}
