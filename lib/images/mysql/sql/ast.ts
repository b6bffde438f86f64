/** What MySQL's statements say. */
import type { ConstraintSpec, Expr, Order, Query, TableName } from "../../kit/sql/ast.ts";
import type { TypeName } from "../../kit/sql/values.ts";

export interface ColumnDefinition {
  readonly name: string;
  readonly type: TypeName;
  readonly size: readonly number[];
  /** The type in MySQL's words, e.g. "int unsigned". */
  readonly declared: string;
  readonly unsigned: boolean;
  readonly values: readonly string[] | undefined;
  readonly notNull: boolean;
  readonly autoIncrement: boolean;
  readonly touched: boolean;
  readonly default: { readonly expr: Expr; readonly text: string } | undefined;
  readonly comment: string | undefined;
  readonly constraints: readonly ConstraintSpec[];
}

export interface IndexDefinition {
  readonly name: string | undefined;
  readonly columns: readonly string[];
  readonly unique: boolean;
}

export type Position = { readonly first: true } | { readonly after: string } | undefined;

export type Alteration =
  | { readonly kind: "add column"; readonly column: ColumnDefinition; readonly position: Position }
  | {
      readonly kind: "change column";
      readonly from: string;
      readonly column: ColumnDefinition;
      readonly position: Position;
    }
  | { readonly kind: "drop column"; readonly name: string }
  | { readonly kind: "rename column"; readonly from: string; readonly to: string }
  | { readonly kind: "add constraint"; readonly constraint: ConstraintSpec }
  | { readonly kind: "add index"; readonly index: IndexDefinition }
  | { readonly kind: "drop index"; readonly name: string }
  | { readonly kind: "drop primary" }
  | { readonly kind: "drop foreign"; readonly name: string }
  | { readonly kind: "rename"; readonly to: TableName }
  | { readonly kind: "auto increment"; readonly value: number }
  | { readonly kind: "default"; readonly column: string; readonly value: ColumnDefinition["default"] };

export type Assignment =
  | { readonly kind: "user"; readonly name: string; readonly value: Expr }
  | {
      readonly kind: "system";
      readonly scope: "GLOBAL" | "SESSION" | "PERSIST";
      readonly name: string;
      /** Undefined: DEFAULT. */
      readonly value: Expr | undefined;
    }
  | { readonly kind: "names" }
  | {
      readonly kind: "transaction";
      readonly scope: "GLOBAL" | "SESSION" | undefined;
      readonly isolation: string | undefined;
      readonly readOnly: boolean | undefined;
    };

export type Filter = { readonly like: string } | { readonly where: Expr } | undefined;

export type Show =
  | {
      readonly what:
        | "databases"
        | "status"
        | "variables"
        | "engines"
        | "warnings"
        | "errors"
        | "plugins"
        | "charset"
        | "collation";
      readonly filter: Filter;
      readonly global: boolean;
      readonly full: boolean;
    }
  | {
      readonly what: "tables" | "table status";
      readonly database: string | undefined;
      readonly filter: Filter;
      readonly full: boolean;
    }
  | { readonly what: "columns"; readonly table: TableName; readonly filter: Filter; readonly full: boolean }
  | { readonly what: "index"; readonly table: TableName }
  | { readonly what: "create table"; readonly table: TableName }
  | { readonly what: "create database"; readonly name: string };

export type MysqlStatement =
  | { readonly kind: "select"; readonly query: Query }
  | {
      readonly kind: "insert";
      readonly replace: boolean;
      readonly ignore: boolean;
      readonly table: TableName;
      readonly columns: readonly string[] | undefined;
      readonly source: Query;
      readonly update: readonly (readonly [string, Expr])[] | undefined;
    }
  | {
      readonly kind: "update";
      readonly ignore: boolean;
      readonly table: TableName;
      readonly alias: string;
      readonly set: readonly (readonly [string, Expr])[];
      readonly where: Expr | undefined;
      readonly order: readonly Order[];
      readonly limit: Expr | undefined;
    }
  | {
      readonly kind: "delete";
      readonly table: TableName;
      readonly alias: string;
      readonly where: Expr | undefined;
      readonly order: readonly Order[];
      readonly limit: Expr | undefined;
    }
  | { readonly kind: "truncate"; readonly table: TableName }
  | {
      readonly kind: "create table";
      readonly table: TableName;
      readonly quiet: boolean;
      readonly columns: readonly ColumnDefinition[];
      readonly constraints: readonly ConstraintSpec[];
      readonly indexes: readonly IndexDefinition[];
      readonly autoIncrement: number | undefined;
      readonly like: TableName | undefined;
      readonly query: Query | undefined;
    }
  | { readonly kind: "alter table"; readonly table: TableName; readonly actions: readonly Alteration[] }
  | { readonly kind: "drop table"; readonly tables: readonly TableName[]; readonly quiet: boolean }
  | { readonly kind: "rename table"; readonly pairs: readonly (readonly [TableName, TableName])[] }
  | { readonly kind: "create index"; readonly table: TableName; readonly index: IndexDefinition }
  | { readonly kind: "drop index"; readonly table: TableName; readonly name: string }
  | { readonly kind: "create database" | "drop database"; readonly name: string; readonly quiet: boolean }
  | { readonly kind: "use"; readonly name: string }
  | { readonly kind: "show"; readonly show: Show }
  | { readonly kind: "set"; readonly assignments: readonly Assignment[] }
  | { readonly kind: "begin"; readonly readOnly: boolean; readonly snapshot: boolean }
  | { readonly kind: "commit" | "rollback" }
  | { readonly kind: "savepoint" | "rollback to" | "release"; readonly name: string }
  | { readonly kind: "lock tables"; readonly tables: readonly { readonly table: TableName; readonly write: boolean }[] }
  | { readonly kind: "unlock tables" }
  | {
      readonly kind: "check table";
      readonly verb: "check" | "analyze" | "optimize";
      readonly tables: readonly TableName[];
    }
  | { readonly kind: "do"; readonly exprs: readonly Expr[] };
