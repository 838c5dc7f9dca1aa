-- What one tenant has: rows in each tenant table, {mark} in every text that is free. One row of each
-- has a key that every tenant uses, so that a change by key alone would hit them all.

INSERT INTO users_all (tenant_id, id, email, email_key, name, state, created_at, updated_at)
VALUES ({tenant}, '{mark}-u1', '{mark}-u1@example.com', '{mark}-u1@example.com', '{mark} one', 'active', {tenant}01, {tenant}01),
       ({tenant}, '{mark}-u2', '{mark}-u2@example.com', '{mark}-u2@example.com', '{mark} two', 'disabled', {tenant}02, {tenant}02),
       ({tenant}, 'same', '{mark}-u3@example.com', '{mark}-u3@example.com', '{mark} three', 'active', {tenant}03, {tenant}03);

INSERT INTO members_all (tenant_id, account_id, role, created_at)
VALUES ({tenant}, '{mark}-u1', 'owner', {tenant}03),
       ({tenant}, 'same', '{mark}-role', {tenant}03);

INSERT INTO roles_all (tenant_id, name, summary, permissions, created_at, updated_at)
VALUES ({tenant}, '{mark}-role', '{mark} summary', '["requests:read"]', {tenant}03, {tenant}03),
       ({tenant}, 'same', '{mark} not json', '{"of":"{mark}"}', {tenant}04, {tenant}04);

INSERT INTO sessions_all (tenant_id, id, user_id, address, user_agent, created_at, expires_at, ended_at)
VALUES ({tenant}, '{mark}-s1', '{mark}-u1', '{mark}-address', '{mark} agent', {tenant}03, {tenant}99, NULL),
       ({tenant}, 'same', '{mark}-u2', '{mark}-address', '{mark} agent', {tenant}04, {tenant}99, {tenant}05);

INSERT INTO issuers_all (tenant_id, id, issuer, audience, role, role_claim, roles, jwks_url, state, created_at, updated_at)
VALUES ({tenant}, '{mark}-i1', 'https://{mark}.example', '["{mark}"]', '{mark}-role', '{mark}-claim', '{"{mark}":"{mark}-role"}', NULL, 'enabled', {tenant}03, {tenant}03),
       ({tenant}, 'same', 'https://same.example', '{mark} not json', 'user', NULL, '{}', 'https://{mark}.example/keys', 'disabled', {tenant}04, {tenant}04);

INSERT INTO outside_users_all (tenant_id, issuer, subject, user_id, claimed_at, refreshed_at)
VALUES ({tenant}, 'https://{mark}.example', '{mark}-subject', '{mark}-u1', {tenant}03, {tenant}03),
       ({tenant}, 'https://same.example', 'same', 'same', {tenant}04, {tenant}04);

INSERT INTO idempotent_replies_all (tenant_id, actor, key, fingerprint, status, body, created_at)
VALUES ({tenant}, '{mark}-actor', '{mark}-k1', '{mark}-print', 201, '{"of":"{mark}"}', {tenant}04),
       ({tenant}, 'same', 'same', '{mark}-print', 201, '{"of":"{mark}"}', {tenant}04);

INSERT INTO requests_all (tenant_id, id, title, description, status, priority, requester, assignee, due_at, created_at, updated_at)
VALUES ({tenant}, '{mark}-r1', '{mark} printer', '{mark} not json', 'open', 1, '{mark}-u1', '{mark}-u2', NULL, {tenant}05, {tenant}05),
       ({tenant}, '{mark}-r2', '{mark} network', '{"of":"{mark}"}', 'done', 2, '{mark}-u1', NULL, {tenant}90, {tenant}06, {tenant}06),
       ({tenant}, '{mark}-r3', '{mark} desk', '{mark} zero', 'open', 0, '{mark}-u2', NULL, {tenant}91, {tenant}07, {tenant}07),
       ({tenant}, 'same', '{mark} chair', '{mark} three', 'open', 3, '{mark}-u2', NULL, {tenant}92, {tenant}08, {tenant}08);

INSERT INTO request_comments_all (tenant_id, id, request_id, author, body, created_at)
VALUES ({tenant}, '{mark}-c1', '{mark}-r1', 'user:{mark}-u1', '{mark} first', {tenant}08),
       ({tenant}, '{mark}-c2', '{mark}-r1', 'user:{mark}-u2', '{mark} second', {tenant}09),
       ({tenant}, 'same', '{mark}-r1', 'user:{mark}-u2', '{mark} third', {tenant}10);

INSERT INTO jobs_all (tenant_id, id, kind, queue, state, class, run_at, attempt, max_attempts, lease, lease_until, time_limit,
                      unique_key, tags, actor, trace_id, request_id, cause, created_at, payload)
VALUES ({tenant}, '{mark}-j1', '{mark}-kind', '{mark}-queue', 'ready', 2, {tenant}11, 0, 5, 0, NULL, 30000,
        '{mark}-key', '["{mark}"]', 'user:{mark}-u1', '{mark}-trace', '{mark}-request', NULL, {tenant}11, '{"of":"{mark}"}'),
       ({tenant}, '{mark}-j2', 'same', 'same', 'scheduled', 2, {tenant}12, 1, 5, 1, NULL, 30000,
        'same', '[]', 'user:{mark}-u1', 'same', '{mark}-request', 'job:{mark}-j1', {tenant}12, '{"of":"{mark}"}'),
       ({tenant}, 'same', 'same', 'same', 'running', 1, {tenant}13, 1, 5, 1, {tenant}99, 30000,
        NULL, '[]', 'user:{mark}-u1', 'same', '{mark}-request', 'job:{mark}-j1', {tenant}13, '{"of":"{mark}"}');

INSERT INTO job_tags_all (tenant_id, tag, job_id)
VALUES ({tenant}, '{mark}-tag', '{mark}-j1'), ({tenant}, 'same', 'same');

INSERT INTO job_attempts_all (tenant_id, job_id, lease, attempt, started_at, finished_at, outcome, error, logs)
VALUES ({tenant}, '{mark}-j2', 1, 1, {tenant}12, {tenant}13, 'handler_error', '{mark} error', '["{mark}"]'),
       ({tenant}, 'same', 1, 1, {tenant}12, {tenant}13, 'done', NULL, '[]');

INSERT INTO job_counts_all (tenant_id, queue, state, jobs)
VALUES ({tenant}, '{mark}-queue', 'ready', 1), ({tenant}, 'same', 'scheduled', 1), ({tenant}, 'same', 'running', 1);

INSERT INTO job_queues_all (tenant_id, name, concurrency, rate, is_paused, is_outside, created_at, updated_at)
VALUES ({tenant}, '{mark}-queue', 3, NULL, 0, 0, {tenant}14, {tenant}14), ({tenant}, 'same', NULL, 60, 1, 1, {tenant}14, {tenant}14);

INSERT INTO api_keys_all (tenant_id, id, name, permissions, resources, maker, created_at, expires_at, last_used_at, last_used_from)
VALUES ({tenant}, '{mark}-k1', '{mark} key', '["requests:read"]', '["{mark}/*"]', '{mark}-u1', {tenant}15, NULL, {tenant}16, '{mark}-address'),
       ({tenant}, 'same', '{mark} other', '["requests:read"]', '[]', '{mark}-u1', {tenant}15, {tenant}99, NULL, NULL);
INSERT INTO schedules_all (tenant_id, id, name, cron, timezone, kind, payload, queue, class, catch_up, catch_up_most, overlap,
                           state, is_built_in, next_at, last_job, missed, made_by, created_at, updated_at)
VALUES ({tenant}, '{mark}-h1', '{mark}-name', '{mark}-cron', '{mark}-zone', '{mark}-kind', '{"of":"{mark}"}', '{mark}-queue', 2, 'once', NULL,
        'allow', 'enabled', 0, {tenant}15, '{mark}-j1', 3, 'user:{mark}-u1', {tenant}15, {tenant}15),
       ({tenant}, 'same', 'same', 'same', 'same', 'same', '{"of":"{mark}"}', NULL, 2, 'all', 5,
        'skip', 'paused', 1, NULL, NULL, 0, 'user:{mark}-u1', {tenant}15, {tenant}15);

INSERT INTO schedule_firings_all (tenant_id, schedule_id, due_at, is_by_hand, fired_at, result, error, job_id)
VALUES ({tenant}, '{mark}-h1', {tenant}15, 0, {tenant}16, 'enqueued', NULL, '{mark}-j1'),
       ({tenant}, 'same', 1, 1, {tenant}16, 'refused', '{mark} error', NULL);

INSERT INTO events_all (tenant_id, id, type, subject, unique_key, status, open, failing, dead, actor, trace_id, request_id, cause,
                        chain, created_at, payload)
VALUES ({tenant}, '{mark}-e1', '{mark}.happened', '{mark}-subject', '{mark}-key', 'dead', 0, 0, 2, 'user:{mark}-u1', '{mark}-trace',
        '{mark}-request', 'job:{mark}-j1', '{mark}.first', {tenant}17, '{"of":"{mark}"}'),
       ({tenant}, 'same', 'same.same', 'same', 'same', 'pending', 1, 0, 0, 'user:{mark}-u1', 'same',
        '{mark}-request', NULL, NULL, {tenant}17, '{"of":"{mark}"}');

INSERT INTO subscriptions_all (tenant_id, id, name, pattern, target, address, filter, max_attempts, backoff, time_limit, is_ordered,
                               recovery, lane, state, disabled_for, disabled_at, probe_at, probes, is_catching_up, successes,
                               failures, in_a_row, failing, last_error, last_failed_at, last_succeeded_at, made_by, created_at,
                               updated_at)
VALUES ({tenant}, '{mark}-s1', '{mark}-name', '{mark}.*', 'webhook', 'https://{mark}.example', '{"of":"{mark}"}', 4, 'webhooks', 30000,
        0, 'probe', '{mark}-queue', 'disabled', 'failures', {tenant}17, {tenant}99, 1, 0, 1, 2, 1, '["{mark}-e1"]', '{mark} error',
        {tenant}17, {tenant}16, 'user:{mark}-u1', {tenant}15, {tenant}16),
       ({tenant}, 'same', 'same', '*', 'queue', 'same', NULL, 4, 'webhooks', 30000,
        1, 'manual', 'same', 'enabled', NULL, NULL, NULL, 0, 1, 0, 0, 0, '[]', NULL,
        NULL, NULL, 'user:{mark}-u1', {tenant}15, {tenant}16);

INSERT INTO webhook_secrets_all (tenant_id, subscription_id, secret, previous, previous_until)
VALUES ({tenant}, '{mark}-s1', '{mark}-secret', '{mark}-older', {tenant}99), ({tenant}, 'same', '{mark}-secret', NULL, NULL);

INSERT INTO deliveries_all (tenant_id, id, event_id, subscription_id, ordered_by, state, replay_of, attempts, error, fingerprint,
                            created_at, ended_at)
VALUES ({tenant}, '{mark}-d1', '{mark}-e1', '{mark}-s1', NULL, 'dead', NULL, 4, '{mark} error', '{mark}-print', {tenant}17, {tenant}18),
       ({tenant}, '{mark}-d2', '{mark}-e1', 'same', NULL, 'dead', NULL, 1, '{mark}', 'same', {tenant}17, {tenant}18),
       ({tenant}, 'same', 'same', 'same', 'same', 'waiting', '{mark}-d1', 0, NULL, NULL, {tenant}18, NULL);

INSERT INTO dead_letter_groups_all (tenant_id, fingerprint, subscription_id, error, letters, first_at, last_at)
VALUES ({tenant}, '{mark}-print', '{mark}-s1', '{mark} error', 1, {tenant}18, {tenant}18), ({tenant}, 'same', 'same', '{mark}', 1, 1, 2);

INSERT INTO event_replays_all (tenant_id, id, filter, handlers, total, done, deliveries, goes_on_before, created_at, ended_at)
VALUES ({tenant}, '{mark}-r1', '{"of":"{mark}"}', '["{mark}-s1"]', 9, 3, 3, '{mark}-e1', {tenant}18, NULL),
       ({tenant}, 'same', '{"of":"{mark}"}', NULL, 9, 9, 9, NULL, {tenant}18, {tenant}19);

INSERT INTO usage_all (tenant_id, day, what, used)
VALUES ({tenant}, {tenant}7, 'events', {tenant}8), ({tenant}, 7, 'jobs', {tenant}9);

INSERT INTO event_minutes_all (tenant_id, minute, type, handler, published, delivered, failed, dead,
                               t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15, t16)
VALUES ({tenant}, {tenant}7, '{mark}.happened', '{mark}-name', 1, 2, 3, 4, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
       ({tenant}, 7, 'same', 'same', 1, 2, 3, 4, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

INSERT INTO event_hours_all (tenant_id, hour, type, handler, published, delivered, failed, dead,
                             t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15, t16)
VALUES ({tenant}, {tenant}7, '{mark}.happened', '{mark}-name', 1, 2, 3, 4, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
       ({tenant}, 7, 'same', 'same', 1, 2, 3, 4, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
