/** `set -x` for simple commands. */
import { traced } from "./ash.ts";
import { type Assigned, describeArray, describeAssignment } from "./assign.ts";
import { trace } from "./execute.ts";
import { quoteIfNeeded } from "./quote.ts";
import type { Shell } from "./shell.ts";

/** Writes the lines of `set -x` for a simple command. */
export async function traceCommand(
  shell: Shell,
  argv: readonly string[],
  temporary: readonly Assigned[],
  assignments: readonly Assigned[],
): Promise<void> {
  const quote = shell.flavour.bash ? quoteIfNeeded : shell.flavour.dash ? (word: string) => word : traced;
  const lists = assignments.filter((assigned) => assigned.elements !== undefined);
  const shown = argv.map((word) => {
    const assigned = word.startsWith("\0") ? assignments[Number(word.slice(1))] : undefined;
    if (assigned === undefined) return quote(word);
    return shell.flavour.bash
      ? quote(assigned.elements === undefined ? describeWord(assigned) : assigned.name)
      : describeAssignment(assigned);
  });
  if (!shell.flavour.bash) {
    const settings = temporary.map(shell.flavour.dash ? describeWord : describeAssignment);
    await trace(shell, [...settings, ...shown].join(" "));
    return;
  }
  for (const assigned of temporary) await trace(shell, describeAssignment(assigned));
  // Arrays are assigned before.
  for (const assigned of lists) await trace(shell, describeArray(assigned));
  await trace(shell, shown.join(" "));
  // These carry out their assignments as if they stood alone.
  if (shell.flavour.bash && /^(?:export|readonly)$/.test(argv[0] ?? ""))
    for (const assigned of assignments)
      if (assigned.elements === undefined) await trace(shell, describeAssignment(assigned));
}

/** An assignment as a plain word: nothing quoted. */
export function describeWord(assigned: Assigned): string {
  const index =
    assigned.index === undefined
      ? ""
      : `[${typeof assigned.index === "string" ? assigned.index : assigned.index.text}]`;
  return `${assigned.name}${index}${assigned.append ? "+" : ""}=${assigned.value}`;
}
