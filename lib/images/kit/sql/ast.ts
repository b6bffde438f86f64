/** What statements say. */
import type { Raw, TypeName } from "./values.ts";

export type Expr =
  | { readonly kind: "literal"; readonly value: Raw; readonly type: TypeName }
  | { readonly kind: "column"; readonly table: string | undefined; readonly name: string; readonly at: number }
  | { readonly kind: "unary"; readonly operator: "NOT" | "-" | "+"; readonly operand: Expr }
  | {
      readonly kind: "binary";
      readonly operator: string;
      readonly left: Expr;
      readonly right: Expr;
      readonly at: number;
    }
  | {
      readonly kind: "call";
      readonly name: string;
      readonly args: readonly Expr[];
      readonly star: boolean;
      readonly distinct: boolean;
      readonly filter: Expr | undefined;
      /** Of an aggregate: the order in which it takes its values. */
      readonly order?: readonly Order[];
      readonly at: number;
    }
  | {
      readonly kind: "case";
      readonly operand: Expr | undefined;
      readonly branches: readonly (readonly [Expr, Expr])[];
      readonly otherwise: Expr | undefined;
    }
  | { readonly kind: "cast"; readonly operand: Expr; readonly type: TypeName; readonly size: readonly number[] }
  | { readonly kind: "is"; readonly operand: Expr; readonly what: "NULL" | "TRUE" | "FALSE"; readonly not: boolean }
  | { readonly kind: "in"; readonly operand: Expr; readonly items: readonly Expr[] | Query; readonly not: boolean }
  | { readonly kind: "between"; readonly operand: Expr; readonly low: Expr; readonly high: Expr; readonly not: boolean }
  | {
      readonly kind: "like";
      readonly operand: Expr;
      readonly pattern: Expr;
      readonly not: boolean;
      readonly caseless: boolean;
    }
  | { readonly kind: "exists"; readonly query: Query }
  | { readonly kind: "scalar"; readonly query: Query };

export interface Output {
  /** Undefined: all columns (of one table where it is named). */
  readonly expr: Expr | undefined;
  readonly table?: string;
  readonly alias: string | undefined;
}

export type Source =
  | {
      readonly kind: "table";
      readonly schema: string | undefined;
      readonly name: string;
      readonly alias: string;
      readonly at: number;
    }
  | { readonly kind: "query"; readonly query: Query; readonly alias: string; readonly columns: readonly string[] }
  | {
      readonly kind: "function";
      readonly name: string;
      readonly args: readonly Expr[];
      readonly alias: string;
      readonly column: string;
      readonly at: number;
    }
  | {
      readonly kind: "join";
      readonly type: "inner" | "left" | "right" | "full" | "cross";
      readonly left: Source;
      readonly right: Source;
      readonly on: Expr | undefined;
      readonly using: readonly string[];
    };

export interface Order {
  readonly expr: Expr;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export interface SelectBody {
  readonly distinct: boolean;
  readonly outputs: readonly Output[];
  readonly from: Source | undefined;
  readonly where: Expr | undefined;
  readonly group: readonly Expr[];
  readonly having: Expr | undefined;
}

export interface Query {
  readonly with: readonly { readonly name: string; readonly query: Query }[];
  readonly body:
    | SelectBody
    | { readonly values: readonly (readonly Expr[])[] }
    | {
        readonly union: "UNION" | "INTERSECT" | "EXCEPT";
        readonly all: boolean;
        readonly left: Query;
        readonly right: Query;
      };
  readonly order: readonly Order[];
  readonly limit: Expr | undefined;
  readonly offset: Expr | undefined;
  /** FOR UPDATE, FOR SHARE. */
  readonly lock?: "update" | "share";
}

export interface ColumnSpec {
  readonly name: string;
  readonly type: TypeName;
  readonly size: readonly number[];
  readonly serial: boolean;
  readonly identity: "ALWAYS" | "BY DEFAULT" | undefined;
  readonly notNull: boolean;
  readonly default: { readonly expr: Expr; readonly text: string } | undefined;
  readonly constraints: readonly ConstraintSpec[];
}

/** What becomes of rows that refer to one that goes. */
export type ReferentialAction = "NO ACTION" | "CASCADE" | "SET NULL" | "RESTRICT";

export type ConstraintSpec = { readonly name: string | undefined } & (
  | { readonly kind: "primary" | "unique"; readonly columns: readonly string[] }
  | { readonly kind: "check"; readonly expr: Expr; readonly text: string }
  | {
      readonly kind: "foreign";
      readonly columns: readonly string[];
      readonly table: string;
      readonly target: readonly string[];
      readonly onDelete: ReferentialAction;
    }
);

export interface TableName {
  readonly schema: string | undefined;
  readonly name: string;
  readonly at: number;
}

export type AlterAction =
  | { readonly kind: "add column"; readonly column: ColumnSpec; readonly quiet: boolean }
  | { readonly kind: "drop column"; readonly name: string; readonly quiet: boolean }
  | { readonly kind: "rename column"; readonly from: string; readonly to: string }
  | { readonly kind: "rename"; readonly to: string }
  | { readonly kind: "add constraint"; readonly constraint: ConstraintSpec }
  | { readonly kind: "drop constraint"; readonly name: string; readonly quiet: boolean }
  | { readonly kind: "default"; readonly column: string; readonly value: ColumnSpec["default"] }
  | { readonly kind: "not null"; readonly column: string; readonly on: boolean }
  | { readonly kind: "owner"; readonly to: string };

export type Grantable = "TABLE" | "SEQUENCE" | "DATABASE" | "SCHEMA";

/** Privileges on objects, given or taken away. */
export interface GrantSpec {
  readonly revoke: boolean;
  /** In upper case; undefined: ALL. */
  readonly privileges: readonly string[] | undefined;
  /** WITH GRANT OPTION, GRANT OPTION FOR. */
  readonly option: boolean;
  /** Empty: PUBLIC. */
  readonly grantees: readonly string[];
  readonly cascade: boolean;
}

export type AccessStatement =
  | ({
      readonly kind: "grant";
      readonly what: Grantable;
      /** Undefined: all there are in the schema. */
      readonly names: readonly TableName[] | undefined;
    } & GrantSpec)
  | {
      readonly kind: "grant role";
      readonly revoke: boolean;
      readonly roles: readonly string[];
      readonly grantees: readonly string[];
      readonly admin: boolean;
    }
  | ({
      readonly kind: "default privileges";
      readonly roles: readonly string[];
      readonly what: "TABLE" | "SEQUENCE";
    } & GrantSpec)
  | { readonly kind: "rename role"; readonly name: string; readonly to: string }
  | { readonly kind: "owned"; readonly drop: boolean; readonly roles: readonly string[]; readonly to: string }
  | { readonly kind: "owner"; readonly what: "DATABASE" | "SEQUENCE"; readonly name: TableName; readonly to: string }
  | { readonly kind: "set role"; readonly session: boolean; readonly name: string | undefined };

export type RoleOptions = ReadonlyMap<string, string | boolean | number | readonly string[]>;

export type Statement =
  | { readonly kind: "select"; readonly query: Query }
  | {
      readonly kind: "insert";
      readonly table: TableName;
      readonly columns: readonly string[] | undefined;
      readonly source: Query | undefined;
      readonly conflict:
        | {
            readonly target: readonly string[];
            readonly set: readonly (readonly [string, Expr])[] | undefined;
            readonly where: Expr | undefined;
          }
        | undefined;
      readonly returning: readonly Output[];
    }
  | {
      readonly kind: "update";
      readonly table: TableName;
      readonly alias: string;
      readonly set: readonly (readonly [string, Expr])[];
      readonly from: Source | undefined;
      readonly where: Expr | undefined;
      readonly returning: readonly Output[];
    }
  | {
      readonly kind: "delete";
      readonly table: TableName;
      readonly alias: string;
      readonly where: Expr | undefined;
      readonly returning: readonly Output[];
    }
  | {
      readonly kind: "truncate";
      readonly tables: readonly TableName[];
      readonly restart: boolean;
      readonly cascade: boolean;
    }
  | {
      readonly kind: "create table";
      readonly table: TableName;
      readonly quiet: boolean;
      readonly columns: readonly ColumnSpec[];
      readonly constraints: readonly ConstraintSpec[];
      readonly query: Query | undefined;
    }
  | {
      readonly kind: "alter table";
      readonly table: TableName;
      readonly quiet: boolean;
      readonly actions: readonly AlterAction[];
    }
  | {
      readonly kind: "drop";
      readonly what: "TABLE" | "INDEX" | "SEQUENCE";
      readonly names: readonly TableName[];
      readonly quiet: boolean;
      readonly cascade: boolean;
    }
  | {
      readonly kind: "create index";
      readonly name: string | undefined;
      readonly table: TableName;
      readonly columns: readonly string[];
      readonly unique: boolean;
      readonly quiet: boolean;
    }
  | {
      readonly kind: "create sequence";
      readonly name: string;
      readonly quiet: boolean;
      readonly start: number;
      readonly increment: number;
    }
  | {
      readonly kind: "create database" | "drop database";
      readonly name: string;
      readonly quiet: boolean;
      readonly owner?: string;
    }
  | { readonly kind: "create role" | "alter role"; readonly name: string; readonly options: RoleOptions }
  | AccessStatement
  | { readonly kind: "drop role"; readonly names: readonly string[]; readonly quiet: boolean }
  | { readonly kind: "begin" | "commit" | "rollback"; readonly readOnly?: boolean }
  | { readonly kind: "set"; readonly name: string; readonly value: string | undefined; readonly local: boolean }
  | { readonly kind: "alter system"; readonly name: string; readonly value: string | undefined }
  | { readonly kind: "show"; readonly name: string }
  | { readonly kind: "checkpoint" | "vacuum" | "analyze" };
