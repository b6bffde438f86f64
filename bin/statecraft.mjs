#!/usr/bin/env node
// Compiles lib/cli with esbuild when its sources have changed, then runs it.
import { runCli } from "../scripts/compile.mjs";

await runCli(process.argv.slice(2));
