import { tool } from "./support/tool.ts";

/** Divisors tried between two payments. */
const PART = 2048;

export const factor = tool(
  {
    name: "factor",
    usage: "[NUMBER]...",
    summary: "Print the prime factors of each specified integer NUMBER.",
    options: {},
  },
  async (tool) => {
    const print = async (word: string) => {
      if (!/^\+?\d+$/.test(word) || Number(word) > Number.MAX_SAFE_INTEGER) {
        const known = /^\+?\d+$/.test(word);
        await tool.complain(`'${word}' is ${known ? "too large" : "not a valid positive integer"}`);
        return;
      }
      let rest = Number(word);
      const factors: number[] = [];
      let tried = 0;
      for (let by = 2; by * by <= rest; by += by === 2 ? 1 : 2) {
        while (rest % by === 0) {
          factors.push(by);
          rest /= by;
        }
        if (++tried % PART === 0) await tool.spend(PART >> 4);
      }
      if (rest > 1) factors.push(rest);
      await tool.out.write(`${Number(word)}:${factors.map((each) => ` ${each}`).join("")}\n`);
      await tool.spend(2);
    };
    for (const word of tool.operands) await print(word);
    if (tool.operands.length > 0) return tool.status;
    for await (const batch of tool.lines(tool.process.stdin)) {
      for (const line of batch) for (const word of line.split(/\s+/)) if (word !== "") await print(word);
    }
    return tool.status;
  },
);
