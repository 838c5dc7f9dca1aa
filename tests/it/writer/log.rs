//! The write-ahead log: it stays small whatever is written, and begins anew when a long reader has ended.

use rusqlite::{Connection, OpenFlags};
use steading::base::Result;
use steading::base::db::{Sql, Synchronous, Write};
use steading::bind;

use super::stage::Stage;

/// A row of a hundred kilobytes: 25 pages.
const INSERT_LARGE: &str =
    "INSERT INTO requests (id, title, description, status, priority, requester, created_at, updated_at)
     VALUES (:id, 'a row', printf('%.*c', 100000, 'x'), 'open', 1, 'somebody', 0, 0)";

static LARGE: Sql = Sql::new("LARGE", INSERT_LARGE, INSERT_LARGE);

/// What the log may hold while nobody reads for long: 64 MB, and what comes while that is folded.
const BOUND: u64 = 80 << 20;

fn stage() -> Stage {
    Stage::open_with(|settings| settings.synchronous = Synchronous::Normal)
}

fn insert_large(tx: &Write<'_>, id: &str) -> Result<()> {
    tx.run(&LARGE, bind! { id: id })
}

/// Writes so many large rows, and says how large the log was at most and how often it began anew.
async fn fill(stage: &Stage, name: &str, rows: usize) -> (u64, usize) {
    let (mut largest, mut last, mut anew) = (0, 0, 0);
    for number in 0..rows {
        let id = format!("{name}-{number:05}");
        stage.write(move |tx| insert_large(tx, &id)).await.expect("it is written");
        let size = stage.db.writer_figures().log_bytes;
        largest = largest.max(size);
        anew += usize::from(size < last);
        last = size;
    }
    (largest, anew)
}

#[actix_web::test]
async fn the_log_stays_small_while_much_is_written() {
    let stage = stage();
    let (largest, anew) = fill(&stage, "row", 800).await;
    assert!(largest < BOUND && anew >= 1, "{largest} bytes at most, {anew} times anew");
    assert_eq!(stage.ids().len(), 800);
}

#[actix_web::test]
async fn a_long_reader_makes_it_grow_and_its_end_lets_it_begin_anew() {
    let stage = stage();
    fill(&stage, "before", 10).await;
    let reader =
        Connection::open_with_flags(stage.file(), OpenFlags::SQLITE_OPEN_READ_ONLY).expect("it opens");
    reader.execute_batch("BEGIN; SELECT count(*) FROM requests_all").expect("it reads");
    let (_, anew) = fill(&stage, "meanwhile", 500).await;
    assert_eq!(anew, 0, "what the reader sees is in the log");
    let grown = stage.db.writer_figures().log_bytes;
    assert!(grown > 40 << 20, "{grown} bytes");
    reader.execute_batch("COMMIT").expect("it ends");
    let (_, anew) = fill(&stage, "after", 700).await;
    assert!(anew >= 1, "it begins anew");
    assert!(stage.db.writer_figures().log_bytes < BOUND);
}

#[actix_web::test]
async fn what_is_in_the_log_alone_survives_a_reopening() {
    let mut stage = stage();
    fill(&stage, "row", 300).await;
    stage.reopen();
    assert_eq!(stage.ids().len(), 300);
}
