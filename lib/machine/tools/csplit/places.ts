/** Where csplit cuts: its operands. */
import { readNumber } from "../support/numbers.ts";
import { compilePattern, type Pattern, PatternError } from "../support/regex.ts";
import type { Tool } from "../support/tool.ts";

interface Repeated {
  /** How often again; infinite: as often as possible. */
  repeat: number;
}

export type CutPlace = Repeated &
  (
    | { readonly kind: "line"; readonly line: number }
    | {
        readonly kind: "match";
        readonly text: string;
        readonly pattern: Pattern;
        /** Lines after the one that matches. */
        readonly offset: number;
        /** What is before it goes nowhere. */
        readonly skip: boolean;
      }
  );

type Complaining = Pick<Tool, "word" | "die" | "complain">;

/** Dies where one is no place. */
export async function placesOf(tool: Complaining, operands: readonly string[]): Promise<CutPlace[]> {
  const places: CutPlace[] = [];
  let before = 0;
  for (let at = 0; at < operands.length; at++) {
    const text = operands[at] as string;
    let place: CutPlace;
    if (/^[/%]/.test(text)) place = await matchOf(tool, text);
    else {
      const line = readNumber(text);
      if (typeof line !== "bigint") return tool.die(`${tool.word(text)}: invalid pattern`);
      if (line === 0n) return tool.die(`${text}: line number must be greater than zero`);
      if (line < before)
        return tool.die(`line number ${tool.word(text)} is smaller than preceding line number, ${before}`);
      if (Number(line) === before) {
        // It goes on all the same.
        await tool.complain(`warning: line number ${tool.word(text)} is the same as preceding line number`, 0);
      }
      before = Number(line);
      place = { kind: "line", line: before, repeat: 0 };
    }
    places.push(place);
    const repeat = operands[at + 1];
    if (repeat?.startsWith("{")) {
      at++;
      place.repeat = await repeatOf(tool, repeat);
    }
  }
  return places;
}

async function matchOf(tool: Complaining, text: string): Promise<CutPlace> {
  const delimiter = text[0] as string;
  const end = text.lastIndexOf(delimiter);
  if (end === 0) return tool.die(`${text}: closing delimiter '${delimiter}' missing`);
  let pattern: Pattern;
  try {
    pattern = compilePattern(text.slice(1, end), { syntax: "basic" });
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    return tool.die(`${tool.word(text)}: invalid regular expression: ${error.message}`);
  }
  const rest = text.slice(end + 1);
  const offset = rest === "" ? 0n : readNumber(rest, { signed: true });
  if (typeof offset !== "bigint") return tool.die(`${tool.word(text)}: integer expected after delimiter`);
  return { kind: "match", text, pattern, offset: Number(offset), skip: delimiter === "%", repeat: 0 };
}

async function repeatOf(tool: Complaining, text: string): Promise<number> {
  if (!text.endsWith("}")) return tool.die(`${tool.word(text)}: '}' is required in repeat count`);
  if (text === "{*}") return Number.POSITIVE_INFINITY;
  const inner = text.slice(0, -1);
  const count = readNumber(inner.slice(1));
  if (typeof count !== "bigint") return tool.die(`${tool.word(inner)}}: integer required between '{' and '}'`);
  return Number(count);
}
