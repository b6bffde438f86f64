/** Tables that are not tables: what the server tells about itself. */
import type { RowColumn, Rowset } from "../kit/sql/evaluate.ts";
import type { Relation, Transaction } from "../kit/sql/state.ts";
import { type Raw, shownType, type TypeName } from "../kit/sql/values.ts";
import { catalogTable, roleOid } from "./catalogs.ts";
import { lsnText } from "./data-directory.ts";
import { aclText, allLetters, effectiveAcl, privilegeOf, tableSecured } from "./privileges.ts";
import type { Server } from "./server.ts";
import type { Session } from "./session.ts";

type Column = readonly [name: string, type: TypeName];

function rowset(columns: readonly Column[], rows: readonly (readonly Raw[])[]): Rowset {
  return { columns: columns.map(([name, type]): RowColumn => ({ table: "", name, type })), rows };
}

const tables = (relations: readonly Relation[]) =>
  relations.filter(({ kind }) => kind === "table").sort((a, b) => (a.name < b.name ? -1 : 1));

/** Ours: what our psql describes tables from, instead of the many joins that the real one sends. */
export const RELATIONS_VIEW = "pg_statecraft_relations";
/** The same for roles, databases and privileges. */
export const CATALOG_VIEW = "pg_statecraft_catalog";

/** Undefined where there is no such view. */
export function systemView(
  name: string,
  server: Server,
  session: Session,
  transaction: Transaction,
): Rowset | undefined {
  const relations = session.relations();
  switch (name) {
    case CATALOG_VIEW:
      return rowset([["definition", "text"]], [[JSON.stringify(session.catalog())]]);
    case RELATIONS_VIEW:
      return rowset(
        [["definition", "text"]],
        relations.map((relation) => [JSON.stringify(relation)]),
      );
    case "pg_stat_replication":
      return rowset(
        [
          ["pid", "int4"],
          ["usesysid", "int4"],
          ["usename", "name"],
          ["application_name", "text"],
          ["client_addr", "text"],
          ["state", "text"],
          ["sent_lsn", "text"],
          ["write_lsn", "text"],
          ["flush_lsn", "text"],
          ["replay_lsn", "text"],
          ["write_lag", "interval"],
          ["flush_lag", "interval"],
          ["replay_lag", "interval"],
          ["sync_priority", "int4"],
          ["sync_state", "text"],
        ],
        server
          .standbys()
          .map(({ pid, user, application, address, flushed, priority, state }) => [
            pid,
            10,
            user,
            application,
            address,
            "streaming",
            lsnText(server.lsn),
            lsnText(flushed),
            lsnText(flushed),
            lsnText(flushed),
            null,
            null,
            null,
            priority,
            state,
          ]),
      );
    case "pg_stat_wal_receiver": {
      const receiver = server.receiver;
      return rowset(
        [
          ["pid", "int4"],
          ["status", "text"],
          ["flushed_lsn", "text"],
          ["received_tli", "int4"],
          ["sender_host", "text"],
          ["sender_port", "int4"],
        ],
        receiver?.streaming === true
          ? [[receiver.pid, "streaming", lsnText(server.lsn), server.timeline, receiver.host, receiver.port]]
          : [],
      );
    }
    case "pg_stat_activity":
      return rowset(
        [
          ["datname", "name"],
          ["pid", "int4"],
          ["usename", "name"],
          ["application_name", "text"],
          ["client_addr", "text"],
          ["state", "text"],
          ["query", "text"],
        ],
        [...server.sessions].map((one) => [
          one.database,
          one.pid,
          one.user,
          one.application,
          one.address,
          one.state,
          one.query,
        ]),
      );
    case "pg_database":
      return rowset(
        [
          ["oid", "int4"],
          ["datname", "name"],
          ["datdba", "int4"],
          ["encoding", "int4"],
          ["datallowconn", "bool"],
          ["datacl", "text"],
          ["datcollate", "text"],
          ["datctype", "text"],
          ["datlocprovider", "text"],
          // As releases 15 and 16 name it, and those from 17 on.
          ["daticulocale", "text"],
          ["datlocale", "text"],
          ["daticurules", "text"],
        ],
        transaction
          .databases()
          .map(([datname, { oid, owner, acl }]) => [
            oid,
            datname,
            roleOid(transaction, owner),
            6,
            datname !== "template0",
            acl === undefined ? null : `{${aclText(acl).join(",")}}`,
            "en_US.utf8",
            "en_US.utf8",
            "c",
            null,
            null,
            null,
          ]),
      );
    case "pg_roles":
    case "pg_authid":
      return rowset(
        [
          ["oid", "int4"],
          ["rolname", "name"],
          ["rolsuper", "bool"],
          ["rolinherit", "bool"],
          ["rolcreaterole", "bool"],
          ["rolcreatedb", "bool"],
          ["rolcanlogin", "bool"],
          ["rolreplication", "bool"],
          ["rolconnlimit", "int4"],
          ["rolpassword", "text"],
          ["rolvaliduntil", "timestamptz"],
          ["rolbypassrls", "bool"],
        ],
        transaction
          .roles()
          .map((role) => [
            roleOid(transaction, role.name),
            role.name,
            role.superuser,
            role.inherit ?? true,
            role.createRole,
            role.createDatabase,
            role.login,
            role.replication,
            role.connectionLimit ?? -1,
            name === "pg_roles" ? "********" : (role.password ?? null),
            role.validUntil ?? null,
            role.bypassRls ?? role.superuser,
          ]),
      );
    case "pg_user":
    case "pg_shadow":
      return rowset(
        [
          ["usename", "name"],
          ["usesysid", "int4"],
          ["usecreatedb", "bool"],
          ["usesuper", "bool"],
          ["userepl", "bool"],
          ["usebypassrls", "bool"],
          ["passwd", "text"],
          ["valuntil", "timestamptz"],
        ],
        transaction
          .roles()
          .filter(({ login }) => login)
          .map((role) => [
            role.name,
            roleOid(transaction, role.name),
            role.createDatabase,
            role.superuser,
            role.replication,
            role.bypassRls ?? role.superuser,
            name === "pg_user" ? "********" : (role.password ?? null),
            role.validUntil ?? null,
          ]),
      );
    case "pg_auth_members":
      return rowset(
        [
          ["roleid", "int4"],
          ["member", "int4"],
          ["grantor", "int4"],
          ["admin_option", "bool"],
        ],
        transaction
          .roles()
          .flatMap((role) =>
            (role.memberOf ?? []).map((one) => [
              roleOid(transaction, one.role),
              roleOid(transaction, role.name),
              10,
              one.admin,
            ]),
          ),
      );
    case "information_schema.role_table_grants":
    case "information_schema.table_privileges": {
      const letters = allLetters("TABLE", 15);
      return rowset(
        [
          ["grantor", "name"],
          ["grantee", "name"],
          ["table_catalog", "name"],
          ["table_schema", "name"],
          ["table_name", "name"],
          ["privilege_type", "text"],
          ["is_grantable", "text"],
          ["with_hierarchy", "text"],
        ],
        tables(relations).flatMap((relation) =>
          effectiveAcl(tableSecured(relation), 15).flatMap((one) =>
            [...letters]
              .filter((letter) => one.privileges.includes(letter))
              .map((letter) => [
                one.grantor,
                one.grantee === "" ? "PUBLIC" : one.grantee,
                session.database,
                "public",
                relation.name,
                privilegeOf("TABLE", letter),
                one.options.includes(letter) || one.grantee === relation.owner ? "YES" : "NO",
                letter === "r" ? "YES" : "NO",
              ]),
          ),
        ),
      );
    }
    case "pg_tables":
      return rowset(
        [
          ["schemaname", "name"],
          ["tablename", "name"],
          ["tableowner", "name"],
        ],
        tables(relations).map(({ name: table, owner }) => ["public", table, owner]),
      );
    case "pg_stat_user_tables":
      return rowset(
        [
          ["schemaname", "name"],
          ["relname", "name"],
          ["n_live_tup", "int8"],
        ],
        tables(relations).map((relation) => [
          "public",
          relation.name,
          server.state.tables.get(relation.oid)?.rows.size ?? 0,
        ]),
      );
    case "pg_settings":
      return rowset(
        [
          ["name", "text"],
          ["setting", "text"],
        ],
        [...server.settings].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => [key, value]),
      );
    case "pg_replication_slots":
      return rowset(
        [
          ["slot_name", "name"],
          ["slot_type", "text"],
          ["active", "bool"],
        ],
        [],
      );
    case "information_schema.tables":
      return rowset(
        [
          ["table_catalog", "name"],
          ["table_schema", "name"],
          ["table_name", "name"],
          ["table_type", "text"],
        ],
        tables(relations).map(({ name: table }) => [session.database, "public", table, "BASE TABLE"]),
      );
    case "information_schema.columns":
      return rowset(
        [
          ["table_schema", "name"],
          ["table_name", "name"],
          ["column_name", "name"],
          ["ordinal_position", "int4"],
          ["column_default", "text"],
          ["is_nullable", "text"],
          ["data_type", "text"],
        ],
        tables(relations).flatMap((relation) =>
          relation.columns.map((column, index) => [
            "public",
            relation.name,
            column.name,
            index + 1,
            column.default?.text ?? null,
            column.notNull ? "NO" : "YES",
            shownType(column.type),
          ]),
        ),
      );
    default:
      return catalogTable(name, session, transaction);
  }
}
