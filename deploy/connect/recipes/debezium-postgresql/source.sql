-- What the database of the control room's logs needs before Debezium may read it.  Run it once, as the tables' owner
-- or an administrator, in that database:
--     psql -v ON_ERROR_STOP=1 -v password="$CONTROL_DB_PASSWORD" -f source.sql
-- The server must run with wal_level = logical (a restart), and let the user in from Connect's machine: two lines of
-- pg_hba.conf, "host <database> cdi_debezium <address>/32 scram-sha-256" and the same with "replication" for <database>.

-- A user who may read these tables and the log of changes, and nothing else: it writes to no table.
CREATE ROLE cdi_debezium LOGIN REPLICATION PASSWORD :'password';
GRANT USAGE ON SCHEMA control TO cdi_debezium;
GRANT SELECT ON control.incident TO cdi_debezium;

-- With FULL the log holds the whole row as it was before a change.  A delete then says what was deleted, not its key
-- alone, and a large text that a change left as it was is there all the same.
ALTER TABLE control.incident REPLICA IDENTITY FULL;

-- Which tables are read.  The connector may not change it (publication.autocreate.mode = disabled).
CREATE PUBLICATION cdi FOR TABLE control.incident;

-- The server keeps its log until Connect has read it: if Connect stays away, that fills the disk.  Above this bound the
-- slot is given up instead, and Connect must begin with a new snapshot.
ALTER SYSTEM SET max_slot_wal_keep_size = '50GB';
SELECT pg_reload_conf();
