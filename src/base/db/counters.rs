//! The check of what is kept by counting along: do the counters say what counting would?

use rusqlite::Connection;

/// Counters of jobs that say something else than their rows. A tenant that is being deleted loses
/// both a little at a time.
pub(super) fn wrong_counters(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut wrong = conn.prepare(
        "SELECT slug, queue, told.state, sum(said), sum(found)
         FROM (
             SELECT tenant_id, queue, state, jobs AS said, 0 AS found FROM job_counts_all
             UNION ALL
             SELECT tenant_id, queue, state, 0, count(*) FROM jobs_all GROUP BY tenant_id, queue, state
         ) AS told
         JOIN tenants ON number = tenant_id
         WHERE tenants.state <> 'deleting'
         GROUP BY number, queue, told.state
         HAVING sum(said) <> sum(found)",
    )?;
    let sentences = wrong.query_map([], |row| {
        let text = |column: usize| row.get::<_, String>(column);
        let (slug, queue, state) = (text(0)?, text(1)?, text(2)?);
        let (said, found): (i64, i64) = (row.get(3)?, row.get(4)?);
        Ok(format!(
            "The counter of {state} jobs in the queue {queue} of the tenant {slug} says {said}, and there are \
             {found}: figures are wrong, and jobs may wait for long."
        ))
    })?;
    sentences.collect()
}
