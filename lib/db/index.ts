export { type Database, openDatabase, type Queries } from "./database.ts";
export * as schema from "./schema.ts";
