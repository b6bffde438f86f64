/** Which command a line means. */
import { findInTree } from "../kubectl/command-tree.ts";
import { flagsOf, type HelmCommand } from "./command.ts";
import { ROOT } from "./commands/index.ts";

/** The command a line of helm means; flags and their values are passed over. */
export const findCommand = (argv: readonly string[]) => findInTree<HelmCommand>(ROOT, argv, flagsOf);
