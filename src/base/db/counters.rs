//! The check of what is kept by counting along: do the counters say what counting would?

use rusqlite::Connection;

/// Sentences about one sort of counter, at most.
const MOST: u32 = 20;

/// Counters that say something else than their rows. A tenant that is being deleted loses both a
/// little at a time.
pub(super) fn wrong_counters(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut wrong = wrong_jobs(conn)?;
    wrong.extend(wrong_events(conn)?);
    wrong.extend(wrong_letters(conn)?);
    Ok(wrong)
}

fn wrong_jobs(conn: &Connection) -> rusqlite::Result<Vec<String>> {
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

/// Events whose counters and status say something else than their deliveries.
fn wrong_events(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut wrong = conn.prepare(
        "SELECT slug, event.id, status, open, failing, dead,
                ifnull(sum(one.state IN ('waiting', 'pending', 'failing')), 0) AS found_open,
                ifnull(sum(one.state = 'failing'), 0) AS found_failing,
                ifnull(sum(one.state = 'dead'), 0) AS found_dead
         FROM events_all AS event
         JOIN tenants ON number = event.tenant_id
         LEFT JOIN deliveries_all AS one ON one.tenant_id = event.tenant_id AND event_id = event.id
         WHERE tenants.state <> 'deleting'
         GROUP BY event.tenant_id, event.id
         HAVING (open, failing, dead) <> (found_open, found_failing, found_dead)
             OR status <> CASE
                 WHEN found_dead > 0 THEN 'dead'
                 WHEN found_failing > 0 THEN 'failing'
                 WHEN found_open > 0 THEN 'pending'
                 ELSE 'delivered'
             END
         LIMIT :most",
    )?;
    let sentences = wrong.query_map([MOST], |row| {
        let text = |column: usize| row.get::<_, String>(column);
        let (slug, id, status) = (text(0)?, text(1)?, text(2)?);
        let number = |column: usize| row.get::<_, i64>(column);
        Ok(format!(
            "The event {id} of the tenant {slug} is {status} and says that of its deliveries {} are open, {} \
             failing and {} dead; there are {}, {} and {}: its status is wrong.",
            number(3)?,
            number(4)?,
            number(5)?,
            number(6)?,
            number(7)?,
            number(8)?
        ))
    })?;
    sentences.collect()
}

/// Groups of dead letters that say something else than the letters.
fn wrong_letters(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut wrong = conn.prepare(
        "SELECT slug, print, sum(said), sum(found)
         FROM (
             SELECT tenant_id, fingerprint AS print, letters AS said, 0 AS found FROM dead_letter_groups_all
             UNION ALL
             SELECT tenant_id, ifnull(fingerprint, 'none'), 0, count(*)
             FROM deliveries_all
             WHERE state = 'dead'
             GROUP BY tenant_id, fingerprint
         )
         JOIN tenants ON number = tenant_id
         WHERE tenants.state <> 'deleting'
         GROUP BY number, print
         HAVING sum(said) <> sum(found)
         LIMIT :most",
    )?;
    let sentences = wrong.query_map([MOST], |row| {
        let (slug, print): (String, String) = (row.get(0)?, row.get(1)?);
        let (said, found): (i64, i64) = (row.get(2)?, row.get(3)?);
        Ok(format!(
            "The group {print} of dead letters of the tenant {slug} says {said}, and there are {found}: the \
             list of groups is wrong."
        ))
    })?;
    sentences.collect()
}
