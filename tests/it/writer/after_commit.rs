//! What follows from a write happens once, when the write is on disk, and only then.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use steading::base::Error;

use super::stage::{Stage, insert, insert_or_rollback};

#[actix_web::test]
async fn it_happens_once_for_each_that_succeeded_although_the_batch_was_redone() {
    let stage = Stage::open();
    stage.insert("first").await.expect("a row to collide with");
    let done: Arc<Vec<AtomicUsize>> = Arc::new((0..64).map(|_| AtomicUsize::new(0)).collect());
    let runs = Arc::new(AtomicUsize::new(0));
    let write = |number: usize| {
        let (done, runs) = (Arc::clone(&done), Arc::clone(&runs));
        stage.write(move |tx| {
            runs.fetch_add(1, Ordering::Relaxed);
            let done = Arc::clone(&done);
            tx.after_commit(move || {
                done[number].fetch_add(1, Ordering::Relaxed);
            });
            insert(tx, &format!("row {number}"))?;
            match number {
                20 | 40 => insert_or_rollback(tx, "first"),
                50 => Err(Error::conflict("I changed my mind.")),
                _ => Ok(()),
            }
        })
    };
    stage.together((0..64).map(write).collect()).await;
    let expected: Vec<usize> = (0..64).map(|number| usize::from(![20, 40, 50].contains(&number))).collect();
    let happened: Vec<usize> = done.iter().map(|times| times.load(Ordering::Relaxed)).collect();
    assert_eq!(happened, expected);
    assert!(runs.load(Ordering::Relaxed) > 64, "the batch was redone");
}

#[actix_web::test]
async fn it_happens_when_the_write_is_on_disk_and_before_the_caller_is_answered() {
    let stage = Stage::open();
    let (file, seen) = (stage.file(), Arc::new(AtomicI64::new(-1)));
    let look = Arc::clone(&seen);
    let write = stage.write(move |tx| {
        let (file, look) = (file.clone(), Arc::clone(&look));
        tx.after_commit(move || {
            let other = rusqlite::Connection::open(file).expect("the file opens");
            let rows = other.query_row("SELECT count(*) FROM requests_all", [], |row| row.get(0));
            look.store(rows.expect("the rows are counted"), Ordering::Relaxed);
        });
        insert(tx, "row")
    });
    write.await.expect("it is written");
    assert_eq!(seen.load(Ordering::Relaxed), 1);
}

#[actix_web::test]
async fn a_panic_in_it_leaves_the_write_and_the_writer_alone() {
    let stage = Stage::open();
    let write = stage.write(|tx| {
        tx.after_commit(|| resume_unwind(Box::new("too late to matter")));
        insert(tx, "row")
    });
    write.await.expect("the write stands");
    stage.insert("next").await.expect("the writer lives");
    assert_eq!(stage.ids().len(), 2);
    assert_eq!(stage.db.lasting_fault(), None);
}
