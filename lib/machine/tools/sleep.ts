import { tool } from "./support/tool.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const LONGEST_MS = 100 * 365 * 86_400_000;

/** "5", "0.5", "2m", "infinity", in ms. Undefined where it is no duration. */
export function parseDuration(text: string): number | undefined {
  if (/^inf(inity)?$/i.test(text)) return LONGEST_MS;
  const [, number, unit = "s"] =
    /^\+?(0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)([smhd]?)$/.exec(text) ?? [];
  return number === undefined
    ? undefined
    : Math.min(LONGEST_MS, Number(number) * (UNITS[unit || "s"] as number) * 1000);
}

export const sleep = tool(
  {
    name: "sleep",
    usage: "NUMBER[SUFFIX]...",
    summary: "Pause for NUMBER seconds, where NUMBER is an integer or floating-point.",
    options: {},
  },
  async (tool) => {
    if (tool.operands.length === 0) return tool.usage("missing operand");
    let total = 0;
    const wrong: string[] = [];
    for (const text of tool.operands) {
      const ms = parseDuration(text);
      if (ms === undefined) wrong.push(`invalid time interval ${tool.word(text)}`);
      else total += ms;
    }
    if (wrong.length > 0) return tool.usage(wrong.join("\nsleep: "));
    await tool.process.sleep(Math.min(total, LONGEST_MS));
    return 0;
  },
);
