export { type Database, type DatabaseOptions, openDatabase, type Queries } from "./database.ts";
export * as schema from "./schema.ts";
