/** Commands that talk over the network and know its resolver; used where the machine's tools bring none of the name. */
import type { Program, ProgramTable } from "../../machine/index.ts";
import { nslookup } from "./nslookup.ts";
import { wget } from "./wget.ts";

const hostname: Program = async (process) => {
  const { hostname: full } = process.machine;
  const [option] = process.argv.slice(1);
  if (option === "-i" || option === "-I") await process.stdout.write(`${process.network.addresses.join(" ")}\n`);
  else if (option === "-f") await process.stdout.write(`${full}\n`);
  else if (option !== undefined && option !== "-s") {
    await process.stderr.write("hostname: sethostname: Operation not permitted\n");
    return 1;
  } else await process.stdout.write(`${option === "-s" ? full.split(".")[0] : full}\n`);
  return 0;
};

const NETWORK_TOOLS: Readonly<Record<string, Program>> = {
  "busybox/nslookup": nslookup,
  "busybox/wget": wget,
  hostname,
};

/** `tools`, and what they lack of these. */
export function withNetworkTools(tools: ProgramTable): ProgramTable {
  const missing = Object.entries(NETWORK_TOOLS).filter(
    ([name]) => !tools.has(name) && !tools.has(name.slice(name.lastIndexOf("/") + 1)),
  );
  return missing.length === 0 ? tools : new Map([...tools, ...missing]);
}
