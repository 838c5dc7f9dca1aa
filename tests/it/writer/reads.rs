//! Reads that go wrong harm nobody after them, and a snapshot does not move.

use std::panic::resume_unwind;
use std::sync::mpsc;
use std::time::Duration;

use steading::base::Kind;
use steading::base::db::Only;
use steading::bind;
use tokio::sync::oneshot;

use super::stage::{COUNT_FOR_EVER, HERE, Stage, count};

#[actix_web::test]
async fn a_read_that_panics_leaves_its_thread_to_the_next() {
    let stage = Stage::open();
    for _ in 0..3 {
        let read = stage.db.read::<(), _>(&HERE, |_| resume_unwind(Box::new("out of cheese")));
        assert_eq!(read.await.expect_err("it panicked").kind(), Kind::Internal);
        assert_eq!(stage.db.read(&HERE, count).await.expect("the next one is served"), 0);
    }
}

#[actix_web::test]
async fn a_read_over_the_limit_is_stopped_and_the_next_is_served() {
    let stage = Stage::open_with(|settings| settings.read_limit = Duration::from_millis(50));
    for _ in 0..2 {
        let read = stage.db.read(&HERE, |tx| tx.one::<Only<i64>>(&COUNT_FOR_EVER, bind! {}).map(drop));
        let error = read.await.expect_err("it is stopped");
        assert_eq!((error.kind(), error.message().contains("time limit")), (Kind::Unavailable, true));
        assert_eq!(stage.db.read(&HERE, count).await.expect("the next one is served"), 0);

        let read = stage.db.read_here(&HERE, |tx| tx.one::<Only<i64>>(&COUNT_FOR_EVER, bind! {}).map(drop));
        assert_eq!(read.expect_err("it is stopped").kind(), Kind::Unavailable);
        assert_eq!(stage.db.read_here(&HERE, count).expect("the next one is served"), 0);
    }
}

#[actix_web::test]
async fn a_snapshot_shows_one_state_while_others_write() {
    let stage = Stage::open();
    stage.insert("before").await.expect("a row");
    let ((begun, has_begun), (written, is_written)) = (oneshot::channel(), mpsc::channel());
    let read = stage.db.read(&HERE, move |tx| {
        let first = count(tx)?;
        begun.send(()).expect("the test waits");
        is_written.recv().expect("the test writes");
        Ok((first, count(tx)?))
    });
    let write = async {
        has_begun.await.expect("the read begins");
        stage.insert("meanwhile").await.expect("a write beside the read");
        written.send(()).expect("the read waits");
    };
    let (seen, ()) = tokio::join!(read, write);
    assert_eq!(seen.expect("it reads"), (1, 1));
    assert_eq!(stage.db.read(&HERE, count).await.expect("a later one"), 2);
}

#[actix_web::test]
async fn reads_that_wait_for_a_busy_reader_are_bounded_and_the_rest_refused_at_once() {
    let stage = Stage::open();
    let ((begun, has_begun), (opening, opened)) = (oneshot::channel(), mpsc::channel::<()>());
    let holding = stage.db.read(&HERE, move |_| {
        begun.send(()).expect("the test waits");
        opened.recv().expect("the test lets go");
        Ok(())
    });
    let crowd = async {
        has_begun.await.expect("the reader is busy");
        let crowd = futures_util::future::join_all((0..250).map(|_| stage.db.read(&HERE, count)));
        let others = async { stage.db.system().read(|_| Ok(())).await };
        let let_go = async { opening.send(()).expect("the reader waits") };
        let (outcomes, others, ()) = tokio::join!(crowd, others, let_go);
        others.expect("there are places for others");
        outcomes
    };
    let (held, outcomes) = tokio::join!(holding, crowd);
    held.expect("it was only slow");
    let refused: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
    assert_eq!(refused.len(), 58, "of 256 places a tenant may take 192");
    assert!(refused.iter().all(|error| error.kind() == Kind::Unavailable));
}
