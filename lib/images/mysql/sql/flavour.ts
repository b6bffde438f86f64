/** In what MySQL 8, MySQL 5 and MariaDB answer differently. */
import type { Clause } from "../../kit/sql/dialect.ts";
import { type Release, releaseOf } from "../versions.ts";

export interface Flavour {
  readonly release: Release;
  readonly mariadb: boolean;
  /** MySQL 8 or later. */
  readonly modern: boolean;
  /** int(11) rather than int. */
  readonly integerWidths: boolean;
  /** 'item.name' rather than 'name' where a key is named. */
  readonly keyWithTable: boolean;
  /** Blanks at the end of texts do not count. */
  readonly padSpace: boolean;
  /** What is grouped comes in order. */
  readonly sortedGroups: boolean;
  readonly collation: string;
  /** Where a column was not found. */
  readonly place: (clause: Clause | "assignment" | "insert") => string;
}

const PLACES: Readonly<Record<Clause | "assignment" | "insert", readonly [mysql: string, mariadb: string]>> = {
  select: ["field list", "SELECT"],
  where: ["where clause", "WHERE"],
  on: ["on clause", "ON"],
  group: ["group statement", "GROUP BY"],
  having: ["having clause", "HAVING"],
  order: ["order clause", "ORDER BY"],
  assignment: ["field list", "SET"],
  insert: ["field list", "INSERT INTO"],
};

export function flavourOf(version: string): Flavour {
  const release = releaseOf(version);
  const { mariadb } = release;
  const modern = release.atLeast(8, 0);
  return {
    release,
    mariadb,
    modern,
    integerWidths: !release.atLeast(8, 0, 19),
    keyWithTable: release.atLeast(8, 0, 19),
    padSpace: !modern,
    sortedGroups: !modern,
    collation: modern ? "utf8mb4_0900_ai_ci" : "utf8mb4_general_ci",
    place: (clause) => PLACES[clause][mariadb ? 1 : 0],
  };
}
