CREATE ROLE reader;
CREATE USER app WITH PASSWORD 'secret';
CREATE USER admin1 WITH CREATEDB CREATEROLE PASSWORD 'x' VALID UNTIL '2030-01-01' CONNECTION LIMIT 5;
CREATE ROLE noinh NOINHERIT LOGIN IN ROLE reader;
CREATE USER app;
\du
CREATE DATABASE shop OWNER app;
CREATE TABLE t (id serial primary key, name text);
INSERT INTO t (name) VALUES ('a');
GRANT SELECT ON t TO reader;
GRANT reader TO app;
GRANT reader TO app;
GRANT INSERT, UPDATE ON TABLE t TO app WITH GRANT OPTION;
GRANT ALL PRIVILEGES ON DATABASE shop TO admin1;
GRANT CONNECT ON DATABASE postgres TO app;
GRANT USAGE ON SCHEMA public TO app;
GRANT ALL ON ALL TABLES IN SCHEMA public TO admin1;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO admin1;
GRANT SELECT ON nothere TO app;
GRANT SELECT ON t TO nobody1;
GRANT FLY ON t TO app;
GRANT USAGE ON t TO app;
\dp
\z t
\dn+
SET ROLE app;
SELECT current_user, session_user;
SELECT * FROM t;
INSERT INTO t (name) VALUES ('b');
UPDATE t SET name = 'c' WHERE id = 1;
DELETE FROM t;
TRUNCATE t;
DROP TABLE t;
ALTER TABLE t ADD COLUMN x int;
CREATE TABLE mine (a int);
CREATE INDEX ON t (name);
SELECT nextval('t_id_seq');
CREATE DATABASE foo;
DROP DATABASE shop2;
DROP DATABASE postgres;
CREATE ROLE foo;
ALTER ROLE app PASSWORD 'new';
ALTER ROLE admin1 PASSWORD 'new';
DROP ROLE admin1;
GRANT SELECT ON t TO admin1;
GRANT DELETE ON t TO admin1;
GRANT INSERT ON t TO noinh;
REVOKE SELECT ON t FROM reader;
ALTER SYSTEM SET work_mem = '8MB';
CHECKPOINT;
SELECT pg_reload_conf();
SELECT pg_promote();
SET ROLE admin1;
RESET ROLE;
\dp t
SET ROLE noinh;
SELECT * FROM t;
SET ROLE reader;
SELECT * FROM t;
SET ROLE admin1;
SELECT current_user;
CREATE ROLE made LOGIN SUPERUSER;
CREATE ROLE made LOGIN;
CREATE DATABASE madedb;
DROP ROLE postgres;
RESET ROLE;
DROP ROLE app;
DROP ROLE postgres;
DROP ROLE nobody1;
DROP ROLE IF EXISTS nobody1;
REVOKE INSERT ON t FROM app;
REVOKE INSERT ON t FROM app CASCADE;
REVOKE GRANT OPTION FOR UPDATE ON t FROM app;
\dp t
REVOKE ALL ON DATABASE postgres FROM PUBLIC;
\c postgres app
\c postgres postgres
REVOKE reader FROM app;
REVOKE reader FROM app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO reader;
CREATE TABLE later (a int);
\dp later
\ddp
ALTER TABLE later OWNER TO app;
\dt
DROP TABLE later;
CREATE TABLE later (a int);
DROP OWNED BY app;
REASSIGN OWNED BY app TO postgres;
DROP ROLE app;
DROP DATABASE shop;
ALTER ROLE admin1 RENAME TO boss;
\du boss
\dg reader
ALTER USER boss WITH NOLOGIN;
\du
SELECT has_table_privilege('reader', 't', 'SELECT'), has_table_privilege('reader','t','DELETE');
SELECT grantee, privilege_type FROM information_schema.role_table_grants WHERE table_name = 't' ORDER BY 1,2;
SELECT rolname, rolconnlimit, rolvaliduntil FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1;
GRANT postgres TO postgres;
GRANT reader TO noinh WITH ADMIN OPTION;
\du
SET SESSION AUTHORIZATION reader;
SELECT session_user, current_user;
UPDATE t SET name = name;
RESET SESSION AUTHORIZATION;
SET ROLE nobody1;
ALTER ROLE nobody1 SUPERUSER;
GRANT nobody1 TO reader;
GRANT reader TO nobody1;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT CREATE ON SCHEMA public TO reader;
\dn+
SET ROLE reader;
RESET ROLE;
CREATE USER analyst PASSWORD 'x';
GRANT pg_read_all_data TO analyst;
SET ROLE analyst;
SELECT count(*) FROM t;
INSERT INTO t (name) VALUES ('x');
RESET ROLE;
CREATE TABLE orders (id int PRIMARY KEY, item int REFERENCES t (id));
GRANT SELECT, INSERT ON orders TO analyst;
SET ROLE analyst;
INSERT INTO orders VALUES (1, 1);
INSERT INTO orders VALUES (2, 999);
INSERT INTO orders VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET item = 1;
INSERT INTO orders VALUES (3, 1) RETURNING id;
SELECT o.id, t.name FROM orders o JOIN t ON t.id = o.item;
DELETE FROM orders WHERE id = 1;
SET ROLE postgres;
RESET ROLE;
REVOKE ALL ON orders FROM analyst;
BEGIN;
GRANT DELETE ON orders TO analyst;
ROLLBACK;
\dp orders
REVOKE pg_read_all_data FROM analyst;
SET ROLE analyst;
SELECT count(*) FROM t;
SELECT 1 FROM orders, t;
