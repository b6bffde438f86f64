import type { ProgramTable } from "../../types.ts";
import { nano } from "./nano.ts";
import { top } from "./top.ts";
import { vi } from "./vi.ts";

/** Programs that take the whole terminal. */
export const terminalPrograms: ProgramTable = new Map([
  ["nano", nano],
  ["top", top],
  ["vi", vi],
  ["vim", vi],
]);
