-- What the messages beside this file were captured from: by Debezium 3.6.1 in Kafka Connect 4.3.1, from PostgreSQL 15.
-- json: as the recipe has it; json_without_schema: schemas.enable = false; connect_types: time.precision.mode = connect and
-- decimal.handling.mode = precise; unwrapped: ExtractNewRecordState; avro: Apicurio's converter 2.6.13, in base64, its schemas
-- in avro_schemas.json by their ids.  Tombstones are left out.
CREATE SCHEMA control;
CREATE TYPE control.state AS ENUM ('OPEN','CLOSED');
CREATE TABLE control.every_type (
  id int PRIMARY KEY,
  a_small smallint, a_big bigint, a_real real, a_double double precision,
  a_numeric numeric(10,2), a_free_numeric numeric, a_money money,
  a_bool boolean, a_text text, a_char char(5), a_varchar varchar(20),
  a_bytes bytea, a_date date, a_time time, a_time3 time(3), a_timetz timetz,
  a_timestamp timestamp, a_timestamp3 timestamp(3), a_timestamptz timestamptz,
  a_interval interval, a_uuid uuid, a_json json, a_jsonb jsonb, a_xml xml,
  a_enum control.state, a_text_array text[], a_int_array int[], a_time_array timestamptz[], a_num_array numeric(6,2)[],
  a_inet inet, a_point point, a_hstore text, a_bit bit(1), a_bits bit(12), a_range int4range, a_required text NOT NULL, n_required int NOT NULL,
  a_toast text
);
ALTER TABLE control.every_type ALTER a_toast SET STORAGE EXTERNAL;
INSERT INTO control.every_type VALUES (1, -2, 9007199254740993, 1.5, 0.1, 1234.50, 12.345678901234567890, '12.50'::money, true, 'Ünïcode', 'ab', 'v',
 '\x00ff10', '2026-03-29', '24:00', '09:30:15.123', '09:30:15.5+01', '2026-03-29 01:30:00.123456', '2026-03-29 01:30:00.123', '2026-03-29 01:30:00.123456+01',
 '1 year 2 mons 3 days 04:05:06.789', '00000000-0000-4000-8000-000000000001', '{"a": 1}', '{"ref": "C-1", "n": {"x": [1,2]}}', '<a/>',
 'OPEN', '{"a;b","c",NULL}', '{1,2}', '{"2026-03-29 01:30:00+00"}', '{1.50,2}', '10.0.0.1', '(1,2)', NULL, B'1', B'101010101010', '[1,5)', 'needed', 7,
 repeat('long ', 500));
INSERT INTO control.every_type (id, a_required, n_required, a_date, a_timestamp, a_timestamptz) VALUES (2, 'x', 0, 'infinity', 'infinity', '-infinity');
INSERT INTO control.every_type (id, a_required, n_required, a_date, a_timestamp, a_timestamptz) VALUES (3, 'x', 0, '0001-01-01', '0021-05-06', '9999-12-31 23:59:59.999999+00');

-- While Debezium ran.
UPDATE control.every_type SET a_text = 'changed' WHERE id = 1;
BEGIN;
UPDATE control.every_type SET a_text = 'one' WHERE id = 2;
UPDATE control.every_type SET a_text = 'two' WHERE id = 2;
COMMIT;
DELETE FROM control.every_type WHERE id = 3;
UPDATE control.every_type SET id = 20 WHERE id = 2;
ALTER TABLE control.every_type REPLICA IDENTITY FULL;
UPDATE control.every_type SET a_text = 'again' WHERE id = 1;
ALTER TABLE control.every_type ADD COLUMN added int DEFAULT 5, DROP COLUMN a_bit;
ALTER TABLE control.every_type RENAME a_char TO renamed;
ALTER TABLE control.every_type ALTER a_small TYPE text;
UPDATE control.every_type SET a_text = 'schema' WHERE id = 1;
DELETE FROM control.every_type WHERE id = 1;
TRUNCATE control.every_type;
