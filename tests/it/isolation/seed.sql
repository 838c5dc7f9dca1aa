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
