//! The queue: in order, bounded, and emptied before the end.

use std::sync::Arc;
use std::task::Poll;

use futures_util::future::join_all;
use steading::base::{Error, Kind};

use super::stage::{Gate, HERE, Pending, Stage, count, insert};

/// Hands a write to the writer without waiting for its answer.
async fn submit(write: &mut Pending<'_>) {
    std::future::poll_fn(|context| {
        assert!(write.as_mut().poll(context).is_pending(), "the gate is closed");
        Poll::Ready(())
    })
    .await;
}

#[actix_web::test]
async fn writes_of_one_caller_are_applied_in_their_order() {
    let stage = Stage::open();
    // More than one transaction takes.
    let writes = (0..1_500).map(|number| {
        stage.write(move |tx| {
            let before = count(tx)?;
            match before == number {
                true => insert(tx, &format!("row {number}")),
                false => Err(Error::conflict(format!("{before} rows were there before row {number}"))),
            }
        })
    });
    for outcome in join_all(writes).await {
        outcome.expect("each finds those before it");
    }
}

#[actix_web::test]
async fn a_full_queue_answers_at_once_and_keeps_what_it_took() {
    let stage = Stage::open_with(|settings| settings.write_queue = 8);
    let gate = Gate::close(&stage.db).await;
    let mut taken: Vec<Pending<'_>> = (0..6).map(|number| stage.insert(format!("row {number}"))).collect();
    for write in &mut taken {
        submit(write).await;
    }
    let error = stage.insert("one too many").await.expect_err("it is refused while the gate is closed");
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(error.message().contains("Too many writes") && error.retry_after().is_some(), "{error}");

    // A tenant leaves a quarter of the places to others.
    let another = || -> Pending<'_> { Box::pin(async { stage.db.system().write(|_| Ok(())).await }) };
    let mut others = [another(), another()];
    for write in &mut others {
        submit(write).await;
    }
    another().await.expect_err("now all places are taken");
    gate.open();
    for outcome in join_all(taken.into_iter().chain(others)).await {
        outcome.expect("what was taken is written");
    }
    assert_eq!(stage.ids().len(), 6);
}

#[actix_web::test]
async fn closing_finishes_what_waits_and_refuses_what_comes_later() {
    let mut stage = Stage::open();
    let mut waiting: Vec<Pending<'_>> = (0..64).map(|number| stage.insert(format!("row {number}"))).collect();
    let gate = Gate::close(&stage.db).await;
    for write in &mut waiting {
        submit(write).await;
    }
    let db = Arc::clone(&stage.db);
    let closing = std::thread::spawn(move || db.close());
    gate.open();
    for outcome in join_all(waiting).await {
        outcome.expect("what waited is written");
    }
    closing.join().expect("it closes");
    assert!(stage.db.lasting_fault().is_some_and(|why| why.contains("writer has ended")));
    let error = stage.db.write(&HERE, |tx| insert(tx, "late")).await.expect_err("nobody writes any more");
    assert_eq!((error.kind(), error.message().contains("stopping")), (Kind::Unavailable, true), "{error}");
    stage.reopen();
    assert_eq!(stage.ids().len(), 64);
}
