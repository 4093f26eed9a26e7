-- Makes Forgejo's source of sign-ins what the manifest says. The client's secret comes on stdin:
--   psql --set name=NAME --set settings=JSON --file apply-sign-in.sql <SECRET
-- `forgejo admin auth` takes a secret in its command line only, and needs the provider to answer, so
-- a host that boots before it would not come up. Forgejo reads this table at each start. The secret
-- is data, not part of a statement, so that a server which logs statements does not log it.
\set ON_ERROR_STOP on
BEGIN;
CREATE TEMPORARY TABLE given (secret text NOT NULL) ON COMMIT DROP;
-- Each line as it is: no character of it separates, quotes or escapes.
\copy given FROM pstdin WITH (FORMAT csv, DELIMITER E'\x01', QUOTE E'\x02')
-- What an administrator has added, such as an icon, stays. Type 6 is OAuth 2.
INSERT INTO login_source AS source
  (type, name, is_active, is_sync_enabled, cfg, created_unix, updated_unix)
SELECT
  6,
  :'name',
  true,
  false,
  (:'settings'::jsonb || jsonb_build_object('ClientSecret', secret))::text,
  extract(epoch FROM now())::bigint,
  extract(epoch FROM now())::bigint
FROM given
ON CONFLICT (name) DO UPDATE SET
  is_active = true,
  cfg = (source.cfg::jsonb || excluded.cfg::jsonb)::text,
  updated_unix = excluded.updated_unix
WHERE source.type = excluded.type
-- Fails unless there is exactly one row.
RETURNING id AS source_id \gset
COMMIT;
