/** LIKE and regular expressions, in time that grows with the text alone. */
import { RE2JS } from "re2js";
import { SqlError } from "./values.ts";

export function likePattern(pattern: string, caseless: boolean): (text: string) => boolean {
  let regex = "";
  for (let index = 0; index < pattern.length; index++) {
    const one = pattern[index] ?? "";
    if (one === "%") regex += ".*";
    else if (one === "_") regex += ".";
    else if (one === "\\" && index + 1 < pattern.length) regex += RE2JS.quote(pattern[++index] ?? "");
    else regex += RE2JS.quote(one);
  }
  const compiled = RE2JS.compile(`^(?:${regex})$`, RE2JS.DOTALL | (caseless ? RE2JS.CASE_INSENSITIVE : 0));
  return (text) => compiled.matcher(text).find();
}

export function regexMatch(pattern: string, caseless: boolean): (text: string) => boolean {
  try {
    const compiled = RE2JS.compile(pattern, caseless ? RE2JS.CASE_INSENSITIVE : 0);
    return (text) => compiled.matcher(text).find();
  } catch (problem) {
    if (!(problem instanceof Error)) throw problem;
    throw new SqlError("2201B", `invalid regular expression: ${problem.message}`);
  }
}
