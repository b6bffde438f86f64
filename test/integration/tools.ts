import type { ProgramTable } from "../../lib/machine/index.ts";
import { shellPrograms } from "../../lib/machine/shell/index.ts";
import { toolPrograms } from "../../lib/machine/tools/index.ts";

/** Everything that images may contain. */
export const tools: ProgramTable = new Map([...toolPrograms, ...shellPrograms]);
