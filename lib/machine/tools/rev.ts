import { isErrno } from "../errno.ts";
import { tool } from "./support/tool.ts";

/** Characters of a long line that are worked on at once. */
const PART = 8192;

/** util-linux's. Bytes that are no characters end it, and what comes after a NUL in a line is not seen. */
export const rev = tool(
  {
    name: "rev",
    usage: "[options] [file ...]",
    summary: "Reverse lines characterwise.",
    options: { zero: { short: "0", long: "zero" } },
  },
  async (tool) => {
    const zero = tool.has("zero");
    const end = zero ? "\0" : "\n";
    for (const name of tool.operands.length === 0 ? [undefined] : tool.operands) {
      let number = 0;
      try {
        const reader = name === undefined ? tool.process.stdin : tool.process.open(name, { read: true }).reader;
        if (reader === undefined) continue;
        const lines = tool.lines(reader, { zero });
        for await (const batch of lines) {
          for (const [index, whole] of batch.entries()) {
            if (/[\udc80-\udcff]/.test(whole.replace(/[\ud800-\udbff][\udc00-\udfff]/g, ""))) {
              await tool.complain(`${name ?? "stdin"}: ${number}: Invalid or incomplete multibyte or wide character`);
              return tool.status;
            }
            number++;
            const nul = zero ? -1 : whole.indexOf("\0");
            const line = nul === -1 ? whole : whole.slice(0, nul);
            // From the end, a part of a long line at a time; a character of two units is not torn.
            for (let last = line.length; last > 0; ) {
              let start = Math.max(0, last - PART);
              if (start > 0 && (line.charCodeAt(start) & 0xfc00) === 0xdc00) start--;
              await tool.out.write([...line.slice(start, last)].reverse().join(""));
              await tool.spend(1 + ((last - start) >> 5));
              last = start;
            }
            if (nul === -1 && (lines.terminated || index < batch.length - 1)) await tool.out.write(end);
          }
        }
        if (name !== undefined) reader.close();
      } catch (error) {
        if (!isErrno(error)) throw error;
        await tool.complain(
          error.code === "EISDIR" ? `${name}: ${number}: ${error.message}` : `cannot open ${name}: ${error.message}`,
        );
      }
    }
    return tool.status;
  },
);
