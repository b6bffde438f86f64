/** `set -x` for simple commands. */
import { PIECE } from "../pieces.ts";
import { traced, tracedPaid } from "./ash.ts";
import { type Assigned, describeArray, describeAssignment } from "./assign.ts";
import { trace } from "./execute.ts";
import { quoteIfNeeded, quoteIfNeededPaid } from "./quote.ts";
import type { Shell } from "./shell.ts";

/** Writes the lines of `set -x` for a simple command. */
export async function traceCommand(
  shell: Shell,
  argv: readonly string[],
  temporary: readonly Assigned[],
  assignments: readonly Assigned[],
): Promise<void> {
  const lists = assignments.filter((assigned) => assigned.elements !== undefined);
  const shown = await tracedWords(shell, argv, (word) => {
    const assigned = word.startsWith("\0") ? assignments[Number(word.slice(1))] : undefined;
    if (assigned === undefined) return tracedWord(shell, word);
    return tracedWord(shell, assigned.elements === undefined ? describeWord(assigned) : assigned.name);
  });
  if (!shell.flavour.bash) {
    const settings: string[] = [];
    for (const assigned of temporary)
      settings.push(shell.flavour.dash ? describeWord(assigned) : await describeAssignment(shell, assigned));
    await trace(shell, [...settings, shown].join(" "));
    return;
  }
  for (const assigned of temporary) await trace(shell, await describeAssignment(shell, assigned));
  // Arrays are assigned before.
  for (const assigned of lists) await trace(shell, describeArray(assigned));
  await trace(shell, shown);
  // These carry out their assignments as if they stood alone.
  if (shell.flavour.bash && /^(?:export|readonly)$/.test(argv[0] ?? ""))
    for (const assigned of assignments)
      if (assigned.elements === undefined) await trace(shell, await describeAssignment(shell, assigned));
}

/** Words between two payments. */
const WORDS_AT_ONCE = 512;

/** Words as `set -x` shows them, parted by blanks. */
async function tracedWords(
  shell: Shell,
  words: readonly string[],
  one: (word: string) => Promise<string> | string = (word) => tracedWord(shell, word),
): Promise<string> {
  const out: string[] = [];
  for (const word of words) {
    const shown = one(word);
    if (out.push(typeof shown === "string" ? shown : await shown) % WORDS_AT_ONCE === 0)
      await shell.process.spend(WORDS_AT_ONCE >> 2);
  }
  return out.join(" ");
}

/** A word as `set -x` shows it: quoted where it must be. */
export function tracedWord(shell: Shell, word: string): Promise<string> | string {
  const { flavour } = shell;
  if (flavour.dash) return word;
  const spend = (units: number) => shell.process.spend(units);
  if (flavour.bash) return word.length <= PIECE ? quoteIfNeeded(word) : quoteIfNeededPaid(word, spend);
  return word.length <= PIECE ? traced(word) : tracedPaid(word, spend);
}

/** An assignment as a plain word: nothing quoted. */
export function describeWord(assigned: Assigned): string {
  const index =
    assigned.index === undefined
      ? ""
      : `[${typeof assigned.index === "string" ? assigned.index : assigned.index.text}]`;
  return `${assigned.name}${index}${assigned.append ? "+" : ""}=${assigned.value}`;
}
