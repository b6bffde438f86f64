// `npm start` and `npm run dev`: builds what changed, then serves.
import { build } from "./build.mjs";
import { run } from "./compile.mjs";

const development = process.argv.includes("--dev");
try {
  await build({ pages: !development });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
process.exit(await run("dist/server.mjs", [], { env: { NODE_ENV: development ? "development" : "production" } }));
