/** What CQL statements say. */
import type { CqlType, Term } from "./types.ts";

export interface Name {
  readonly keyspace: string | undefined;
  readonly table: string;
}

export interface ColumnDefinition {
  readonly name: string;
  readonly type: CqlType;
  readonly static: boolean;
}

export type OptionValue = string | boolean | Readonly<Record<string, string>>;
export type Options = Readonly<Record<string, OptionValue>>;

export interface Relation {
  readonly column: string;
  /** token(a, b): all columns of the partition key. */
  readonly token: boolean;
  readonly operator: "=" | "<" | ">" | "<=" | ">=" | "!=" | "IN" | "CONTAINS" | "CONTAINS KEY";
  readonly terms: readonly Term[];
}

export type Selector =
  | { readonly kind: "column"; readonly name: string; readonly alias: string | undefined }
  | {
      readonly kind: "call";
      readonly name: string;
      /** "*" in count(*). */
      readonly columns: readonly string[];
      readonly alias: string | undefined;
    };

export interface Assignment {
  readonly column: string;
  readonly term: Term;
}

interface Timing {
  /** Seconds. */
  readonly ttl: number | undefined;
  /** Microseconds. */
  readonly timestamp: number | undefined;
}

export type Condition = "none" | "exists" | "not exists" | readonly Relation[];

export type Modification =
  | (Timing & {
      readonly kind: "insert";
      readonly table: Name;
      readonly columns: readonly string[];
      readonly values: readonly Term[];
      readonly condition: Condition;
    })
  | (Timing & {
      readonly kind: "update";
      readonly table: Name;
      readonly set: readonly Assignment[];
      readonly where: readonly Relation[];
      readonly condition: Condition;
    })
  | (Timing & {
      readonly kind: "delete";
      readonly table: Name;
      readonly columns: readonly string[];
      readonly where: readonly Relation[];
      readonly condition: Condition;
    });

export interface Select {
  readonly kind: "select";
  readonly table: Name;
  readonly distinct: boolean;
  /** Empty: all columns. */
  readonly selectors: readonly Selector[];
  readonly where: readonly Relation[];
  readonly order: readonly { readonly column: string; readonly descending: boolean }[];
  readonly perPartition: number | undefined;
  readonly limit: number | undefined;
  readonly filtering: boolean;
}

export type SchemaStatement =
  | {
      readonly kind: "create keyspace" | "alter keyspace";
      readonly name: string;
      readonly quiet: boolean;
      readonly options: Options;
    }
  | { readonly kind: "drop keyspace"; readonly name: string; readonly quiet: boolean }
  | {
      readonly kind: "create table";
      readonly table: Name;
      readonly quiet: boolean;
      readonly columns: readonly ColumnDefinition[];
      readonly partition: readonly string[];
      readonly clustering: readonly string[];
      readonly order: Readonly<Record<string, "ASC" | "DESC">>;
      readonly options: Options;
    }
  | {
      readonly kind: "alter table";
      readonly table: Name;
      readonly add: readonly ColumnDefinition[];
      readonly drop: readonly string[];
      readonly options: Options;
    }
  | { readonly kind: "drop table"; readonly table: Name; readonly quiet: boolean }
  | {
      readonly kind: "create index";
      readonly index: string | undefined;
      readonly table: Name;
      readonly column: string;
      readonly quiet: boolean;
    }
  | { readonly kind: "drop index"; readonly index: Name; readonly quiet: boolean };

export type Statement =
  | SchemaStatement
  | Modification
  | Select
  | { readonly kind: "use"; readonly keyspace: string }
  | { readonly kind: "truncate"; readonly table: Name }
  | { readonly kind: "batch"; readonly statements: readonly Modification[]; readonly timestamp: number | undefined };
