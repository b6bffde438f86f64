import { codePointWidth } from "../tty/width.ts";
import { tool } from "./support/tool.ts";

const make = (box: boolean) =>
  tool(
    {
      name: "wc",
      usage: "[OPTION]... [FILE]...",
      summary: "Print newline, word, and byte counts for each FILE.",
      options: {
        bytes: { short: "c", long: "bytes" },
        chars: { short: "m", long: "chars" },
        lines: { short: "l", long: "lines" },
        longest: { short: "L", long: "max-line-length" },
        words: { short: "w", long: "words" },
      },
    },
    async (tool) => {
      const columns = (["lines", "words", "chars", "bytes", "longest"] as const).filter((name) => tool.has(name));
      const shown = columns.length === 0 ? (["lines", "words", "bytes"] as const) : columns;
      type Counts = Record<(typeof columns)[number], number>;
      const rows: { readonly counts: Counts; readonly name: string }[] = [];
      const total: Counts = { lines: 0, words: 0, chars: 0, bytes: 0, longest: 0 };
      await tool.eachInput(async (reader, name) => {
        const counts: Counts = { lines: 0, words: 0, chars: 0, bytes: 0, longest: 0 };
        const text = shown.some((column) => column === "chars" || column === "longest");
        const decoder = new TextDecoder();
        let inWord = false;
        let width = 0;
        for (;;) {
          const chunk = await reader.read();
          if (chunk === null) break;
          counts.bytes += chunk.length;
          for (const byte of chunk) {
            if (byte === 10) counts.lines++;
            const space = byte === 32 || (byte >= 9 && byte <= 13);
            if (!space && !inWord) counts.words++;
            inWord = !space;
          }
          if (text) {
            for (const character of decoder.decode(chunk, { stream: true })) {
              counts.chars++;
              if (character === "\n") {
                counts.longest = Math.max(counts.longest, width);
                width = 0;
              } else if (character === "\t") width += 8 - (width % 8);
              else width += codePointWidth(character.codePointAt(0) ?? 0);
            }
          }
          await tool.spend(chunk.length >> 2);
        }
        counts.longest = Math.max(counts.longest, width);
        for (const key of ["lines", "words", "chars", "bytes"] as const) total[key] += counts[key];
        total.longest = Math.max(total.longest, counts.longest);
        rows.push({ counts, name });
      });
      if (tool.operands.length > 1) rows.push({ counts: total, name: "total" });
      const piped = tool.operands.length === 0 || tool.operands.includes("-");
      const largest = Math.max(
        ...rows.flatMap(({ counts }) => shown.map((column) => String(counts[column]).length)),
        1,
      );
      const width = box
        ? shown.length === 1
          ? 1
          : 9
        : shown.length === 1 && rows.length === 1
          ? 1
          : piped
            ? Math.max(7, largest)
            : Math.max(largest, String(total.bytes).length);
      for (const { counts, name } of rows) {
        const line = shown.map((column) => String(counts[column]).padStart(width)).join(" ");
        await tool.out.write(`${line}${tool.operands.length === 0 ? "" : ` ${name}`}\n`);
      }
    },
  );

export const wc = make(false);
/** Its columns are nine wide. */
export const busyboxWc = make(true);
