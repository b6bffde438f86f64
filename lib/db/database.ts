/** One client for both databases: PGlite in a directory (the default), or a PostgreSQL server by URL. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { sql } from "drizzle-orm";
import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import { takeLock } from "./lock.ts";
import { migrations } from "./migrations.ts";
import * as schema from "./schema.ts";

export type Queries = PgDatabase<PgQueryResultHKT, typeof schema>;

export interface Database {
  readonly queries: Queries;
  /** "pglite" or "postgresql", for the log line at the start. */
  readonly kind: "pglite" | "postgresql";
  close(): Promise<void>;
}

type DatabaseOptions =
  | { readonly url: string }
  | {
      /** Where PGlite keeps its files; made where it does not exist. */
      readonly directory: string;
      /** A gzipped data directory with a freshly made database, which spares the slow first initialisation. */
      readonly seed?: string;
    };

/** Opens the database and brings its schema up to date. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const database =
    "url" in options ? await openServer(options.url) : await openDirectory(options.directory, options.seed);
  try {
    await migrate(database.queries);
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

async function openServer(url: string): Promise<Database> {
  const [{ default: pg }, { drizzle }] = await Promise.all([import("pg"), import("drizzle-orm/node-postgres")]);
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  // A connection that breaks while idle must not end the process; the next query takes a new one.
  pool.on("error", (error) => console.error(`PostgreSQL connection lost: ${error.message}`));
  return { queries: drizzle(pool, { schema }) as unknown as Queries, kind: "postgresql", close: () => pool.end() };
}

async function openDirectory(directory: string, seed: string | undefined): Promise<Database> {
  const [{ PGlite }, { drizzle }] = await Promise.all([import("@electric-sql/pglite"), import("drizzle-orm/pglite")]);
  mkdirSync(dirname(directory), { recursive: true });
  const release = takeLock(`${directory}.lock`);
  try {
    if (!existsSync(directory)) {
      // Made beside its place and renamed, so that a start that was cut off leaves no half database behind.
      const making = mkdtempSync(`${directory}.new-`);
      const place = join(making, "data");
      const loadDataDir = seed !== undefined && existsSync(seed) ? new Blob([readFileSync(seed)]) : undefined;
      const fresh = await PGlite.create(place, loadDataDir === undefined ? {} : { loadDataDir });
      await fresh.close();
      renameSync(place, directory);
    }
    const client = await PGlite.create(directory);
    return {
      queries: drizzle(client, { schema }) as unknown as Queries,
      kind: "pglite",
      close: async () => {
        await client.close();
        release();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** Runs what is new, each migration in a transaction of its own; safe where two servers start at once. */
async function migrate(queries: Queries): Promise<void> {
  await queries.execute(
    sql`CREATE TABLE IF NOT EXISTS migrations (id text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())`,
  );
  for (const migration of migrations) {
    await queries.transaction(async (transaction) => {
      await transaction.execute(sql`LOCK TABLE migrations IN EXCLUSIVE MODE`);
      const done = await transaction.execute(sql`SELECT 1 FROM migrations WHERE id = ${migration.id}`);
      if ((done as unknown as { rows: unknown[] }).rows.length > 0) return;
      for (const statement of migration.statements) await transaction.execute(sql.raw(statement));
      await transaction.execute(sql`INSERT INTO migrations (id) VALUES (${migration.id})`);
    });
  }
}
