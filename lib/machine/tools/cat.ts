import { concat, tool } from "./support/tool.ts";

const encoder = new TextEncoder();

export const cat = tool(
  {
    name: "cat",
    usage: "[OPTION]... [FILE]...",
    summary: "Concatenate FILE(s) to standard output.",
    options: {
      all: { short: "A", long: "show-all" },
      numberNonblank: { short: "b", long: "number-nonblank" },
      e: { short: "e" },
      ends: { short: "E", long: "show-ends" },
      number: { short: "n", long: "number" },
      squeeze: { short: "s", long: "squeeze-blank" },
      t: { short: "t" },
      tabs: { short: "T", long: "show-tabs" },
      u: { short: "u" },
      nonprinting: { short: "v", long: "show-nonprinting" },
    },
  },
  async (tool) => {
    const has = (...names: Parameters<typeof tool.has>[0][]) => names.some((name) => tool.has(name));
    const numberAll = tool.has("number") && !tool.has("numberNonblank");
    const numberSome = tool.has("numberNonblank");
    const ends = has("ends", "all", "e");
    const tabs = has("tabs", "all", "t");
    const visible = has("nonprinting", "all", "e", "t");
    const squeeze = tool.has("squeeze");
    const plain = !(numberAll || numberSome || ends || tabs || visible || squeeze);
    let line = 0;
    let column = 0;
    let blank = 0;
    await tool.eachInput(async (reader) => {
      for (;;) {
        const chunk = await reader.read();
        if (chunk === null) return;
        if (plain) {
          await tool.process.stdout.write(chunk);
          continue;
        }
        const pieces: Uint8Array[] = [];
        for (const byte of chunk) {
          if (byte === 10) {
            const empty = column === 0;
            blank = empty ? blank + 1 : 0;
            if (squeeze && blank > 1) continue;
            let text = empty && numberAll ? `${String(++line).padStart(6)}\t` : "";
            text += ends ? "$\n" : "\n";
            pieces.push(encoder.encode(text));
            column = 0;
            continue;
          }
          if (column === 0) {
            blank = 0;
            if (numberAll || numberSome) pieces.push(encoder.encode(`${String(++line).padStart(6)}\t`));
          }
          column++;
          pieces.push(
            byte === 9 ? (tabs ? encoder.encode("^I") : Uint8Array.of(9)) : visible ? shown(byte) : Uint8Array.of(byte),
          );
        }
        await tool.spend(chunk.length >> 1);
        await tool.process.stdout.write(concat(pieces));
      }
    });
  },
);

function shown(byte: number): Uint8Array {
  const low = byte & 0x7f;
  const caret = low < 32 ? `^${String.fromCharCode(low + 64)}` : low === 127 ? "^?" : String.fromCharCode(low);
  return encoder.encode(byte < 128 ? caret : `M-${caret}`);
}
