/** Values of options that are one of a few words, which may be shortened (gnulib's argmatch). */
import type { Tool } from "./tool.ts";

/** The words; several in a list mean the same, and the first of them is the answer. */
export type Choice = readonly (string | readonly string[])[];

/** The word that was meant; dies with the list of them where it is none. */
export async function chosenWord(
  tool: Pick<Tool, "die" | "quote" | "name">,
  option: string,
  given: string,
  choice: Choice,
  status = 1,
): Promise<string> {
  const groups = choice.map((each) => (typeof each === "string" ? [each] : each));
  const exact = groups.find((words) => words.includes(given));
  if (exact !== undefined) return exact[0] as string;
  const fits = groups.filter((words) => words.some((word) => word.startsWith(given)));
  if (fits.length === 1) return fits[0]?.[0] as string;
  const list = groups.map((words) => `  - ${words.map((word) => tool.quote(word)).join(", ")}`).join("\n");
  return tool.die(
    `${fits.length === 0 ? "invalid" : "ambiguous"} argument ${tool.quote(given)} for ${tool.quote(option)}\nValid arguments are:\n${list}\nTry '${tool.name} --help' for more information.`,
    status,
  );
}
