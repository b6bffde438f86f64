// Loaded first: the interpreter and its builtins import each other.
import "../../lib/machine/shell/shell.ts";
import type { Program, ProgramTable } from "../../lib/machine/index.ts";
import { shellPrograms } from "../../lib/machine/shell/index.ts";

const cat: Program = async (process) => {
  for (const path of process.argv.slice(1)) await process.stdout.write(process.files.readFile(path));
  return 0;
};
const sleep: Program = async (process) => {
  await process.sleep(process.argv[1] === "infinity" ? 1e12 : Number(process.argv[1]) * 1000);
  return 0;
};
export const tools: ProgramTable = new Map<string, Program>([...shellPrograms, ["cat", cat], ["sleep", sleep]]);
