/** All commands: one line each. */
import type { HelmCommand } from "../command.ts";
import { TEMPLATE } from "./template.ts";

const COMMANDS: readonly HelmCommand[] = [TEMPLATE];

export const ROOT: HelmCommand = {
  name: "helm",
  short: "The Kubernetes package manager",
  subcommands: [...COMMANDS].sort((a, b) => (a.name < b.name ? -1 : 1)),
};
