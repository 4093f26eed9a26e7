-- Makes the database ready for Guacamole, and its administrators those of the manifest. The password
-- of the local one comes on stdin; without it, there is none:
--   psql --set schema=FILE --set group=NAME --file prepare-database.sql <PASSWORD
-- Guacamole's own script for new databases would create guacadmin, whose password everyone knows. The
-- password is data, not part of a statement, so that a server which logs statements does not log it.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
BEGIN;
SELECT to_regclass('guacamole_entity') IS NULL AS is_new \gset
\if :is_new
\ir :schema
\endif

CREATE TEMPORARY TABLE given (password text NOT NULL) ON COMMIT DROP;
-- Each line as it is: no character of it separates, quotes or escapes.
\copy given FROM pstdin WITH (FORMAT csv, DELIMITER E'\x01', QUOTE E'\x02')

-- Who is an administrator because the manifest says or said so.
CREATE TABLE IF NOT EXISTS nixmox_administrator (
  entity_id integer PRIMARY KEY REFERENCES guacamole_entity ON DELETE CASCADE
);
CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS
SELECT :'group'::text AS name, 'USER_GROUP'::guacamole_entity_type AS type WHERE :'group' <> ''
UNION ALL
SELECT 'nixmox', 'USER' FROM given;

INSERT INTO guacamole_entity (name, type) SELECT name, type FROM wanted ON CONFLICT DO NOTHING;
INSERT INTO nixmox_administrator
SELECT entity_id FROM guacamole_entity JOIN wanted USING (name, type)
ON CONFLICT DO NOTHING;

INSERT INTO guacamole_user_group (entity_id)
SELECT entity_id FROM guacamole_entity JOIN wanted USING (name, type) WHERE type = 'USER_GROUP'
ON CONFLICT DO NOTHING;

-- A password is the hash of itself and its salt, in capital hexadecimal digits. One that is in force
-- already keeps its salt.
WITH made AS (
  SELECT
    entity_id,
    password,
    decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex') AS salt
  FROM guacamole_entity JOIN wanted USING (name, type), given WHERE type = 'USER'
)
INSERT INTO guacamole_user AS old (entity_id, password_hash, password_salt, password_date)
SELECT
  made.entity_id,
  sha256(convert_to(made.password || upper(encode(made.salt, 'hex')), 'UTF8')),
  made.salt,
  now()
FROM made LEFT JOIN guacamole_user AS present USING (entity_id)
WHERE
  present.entity_id IS NULL
  OR present.disabled
  OR present.password_hash IS DISTINCT FROM sha256(
    convert_to(made.password || upper(encode(present.password_salt, 'hex')), 'UTF8')
  )
ON CONFLICT (entity_id) DO UPDATE SET
  password_hash = excluded.password_hash,
  password_salt = excluded.password_salt,
  password_date = excluded.password_date,
  disabled = false;

INSERT INTO guacamole_system_permission (entity_id, permission)
SELECT entity_id, permission
FROM
  guacamole_entity JOIN wanted USING (name, type),
  unnest(enum_range(NULL::guacamole_system_permission_type)) AS permission
ON CONFLICT DO NOTHING;

-- Those that the manifest no longer names lose what they had from it.
CREATE TEMPORARY TABLE former ON COMMIT DROP AS
SELECT entity_id FROM nixmox_administrator JOIN guacamole_entity USING (entity_id)
WHERE (name, type) NOT IN (SELECT name, type FROM wanted);
DELETE FROM guacamole_system_permission WHERE entity_id IN (SELECT entity_id FROM former);
UPDATE guacamole_user SET disabled = true WHERE entity_id IN (SELECT entity_id FROM former);
DELETE FROM nixmox_administrator WHERE entity_id IN (SELECT entity_id FROM former);

-- A database from elsewhere may have the user whose password everyone knows.
UPDATE guacamole_user SET disabled = true
FROM guacamole_entity
WHERE
  guacamole_user.entity_id = guacamole_entity.entity_id
  AND name = 'guacadmin'
  AND password_hash = sha256(
    convert_to('guacadmin' || coalesce(upper(encode(password_salt, 'hex')), ''), 'UTF8')
  );
COMMIT;
