/**
 * As much of pg_catalog as the real psql's lists join (\d, \dt, \ds, \di, \dn): relations, their indexes, schemas. What
 * describes one relation (attributes, expressions, constraints) is not here.
 */
import type { Rowset } from "../kit/sql/evaluate.ts";
import type { Relation, Transaction } from "../kit/sql/state.ts";
import type { Raw, TypeName } from "../kit/sql/values.ts";
import type { Session } from "./session.ts";

const PUBLIC = 2200;
const SCHEMAS: readonly (readonly [oid: number, name: string])[] = [
  [11, "pg_catalog"],
  [99, "pg_toast"],
  [PUBLIC, "public"],
  [13_000, "information_schema"],
];
/** Indexes have no numbers of their own in the state: they get some behind those of tables. */
const INDEX_OIDS = 1_000_000;

/** A number for each role: ten for the first one, as initdb does. */
export function roleOid(transaction: Transaction, name: string): number {
  const index = transaction.roles().findIndex((role) => role.name === name);
  return index === 0 ? 10 : 16_384 + index;
}

export function roleOfOid(transaction: Transaction, oid: number): string {
  const roles = transaction.roles();
  return (oid === 10 ? roles[0] : roles[oid - 16_384])?.name ?? `unknown (OID=${oid})`;
}

/** The indexes of a relation, those of its keys among them. */
function indexNames(
  relation: Relation,
): { readonly name: string; readonly unique: boolean; readonly primary: boolean }[] {
  const keys = relation.constraints.flatMap((one) =>
    one.kind === "primary" || one.kind === "unique"
      ? [{ name: one.name, unique: true, primary: one.kind === "primary" }]
      : [],
  );
  return [...keys, ...relation.indexes.map(({ name, unique }) => ({ name, unique, primary: false }))];
}

function rowset(columns: readonly (readonly [string, TypeName])[], rows: readonly (readonly Raw[])[]): Rowset {
  return { columns: columns.map(([name, type]) => ({ table: "", name, type })), rows };
}

/** Undefined where there is no such table. */
export function catalogTable(name: string, session: Session, transaction: Transaction): Rowset | undefined {
  const relations = session.relations();
  const indexes = relations.flatMap((relation) => indexNames(relation).map((index) => ({ ...index, relation })));
  switch (name) {
    case "pg_namespace": {
      const { superuser, schema } = session.catalog();
      return rowset(
        [
          ["oid", "int8"],
          ["nspname", "name"],
          ["nspowner", "int8"],
        ],
        SCHEMAS.map(([oid, schemaName]) => [
          oid,
          schemaName,
          roleOid(transaction, schemaName === "public" ? schema.owner : superuser),
        ]),
      );
    }
    case "pg_class": {
      const row = (oid: number, relname: string, kind: string, owner: string, method: number): Raw[] => [
        oid,
        relname,
        PUBLIC,
        roleOid(transaction, owner),
        kind,
        method,
        "p",
      ];
      return rowset(
        [
          ["oid", "int8"],
          ["relname", "name"],
          ["relnamespace", "int8"],
          ["relowner", "int8"],
          ["relkind", "text"],
          ["relam", "int8"],
          ["relpersistence", "text"],
        ],
        [
          ...relations.map((one) => row(one.oid, one.name, one.kind === "table" ? "r" : "S", one.owner, 2)),
          ...indexes.map((one, at) => row(INDEX_OIDS + at, one.name, "i", one.relation.owner, 403)),
        ],
      );
    }
    case "pg_index":
      return rowset(
        [
          ["indexrelid", "int8"],
          ["indrelid", "int8"],
          ["indisunique", "bool"],
          ["indisprimary", "bool"],
        ],
        indexes.map((one, at) => [INDEX_OIDS + at, one.relation.oid, one.unique, one.primary]),
      );
    case "pg_am":
      return rowset(
        [
          ["oid", "int8"],
          ["amname", "name"],
        ],
        [
          [2, "heap"],
          [403, "btree"],
        ],
      );
    default:
      return undefined;
  }
}
