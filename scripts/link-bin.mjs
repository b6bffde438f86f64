// `npx statecraft` must resolve inside the checkout itself; npm links the bins of dependencies only.
import { chmodSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = join(root, "bin", "statecraft.mjs");
const link = join(root, "node_modules", ".bin", "statecraft");
mkdirSync(dirname(link), { recursive: true });
rmSync(link, { force: true });
symlinkSync("../../bin/statecraft.mjs", link);
chmodSync(target, 0o755);
