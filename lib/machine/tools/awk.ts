/** awk: POSIX, with what mawk and gawk have in common and gawk's gensub, strftime, systime. */

import { isErrno } from "../errno.ts";
import { readEscapes } from "./awk/lexer.ts";
import { parseAwk } from "./awk/parser.ts";
import { runAwk } from "./awk/program.ts";
import { AwkError, Runtime } from "./awk/runtime.ts";
import { StreamError } from "./awk/streams.ts";
import { AwkSyntaxError } from "./awk/syntax.ts";
import { fromInput } from "./awk/values.ts";
import { tool } from "./support/tool.ts";

const MAX_PROGRAM = 256 * 1024;

export const awk = tool(
  {
    name: "awk",
    usage: "[-F value] [-v var=value] [-f program-file | 'program'] [file ...]",
    summary: "Match records against patterns, and act on those that match.",
    usageStatus: 2,
    stopAtOperand: true,
    options: {
      separator: { short: "F", long: "field-separator", value: true, help: "the field separator, FS" },
      assign: { short: "v", long: "assign", value: true, help: "assign var=value before the program starts" },
      file: { short: "f", long: "file", value: true, help: "read the program from this file" },
    },
  },
  async (tool) => {
    const operands = [...tool.operands];
    const sources: string[] = [];
    for (const path of tool.options.values("file")) {
      try {
        sources.push(path === "-" ? await readStandardInput(tool.process.stdin) : tool.process.files.readText(path));
      } catch (error) {
        if (!isErrno(error)) throw error;
        return tool.die(`cannot open ${path} (${error.message})`, 2);
      }
    }
    if (sources.length === 0) {
      const program = operands.shift();
      if (program === undefined) {
        await tool.process.stderr.write("usage: awk [-F fs][-v var=value][prog | -f progfile][file ...]\n");
        return 2;
      }
      sources.push(program);
    }
    const source = sources.join("\n");
    if (source.length > MAX_PROGRAM) return tool.die("program too long", 2);
    try {
      const program = parseAwk(source);
      const runtime = new Runtime(tool);
      const separator = tool.value("separator");
      if (separator !== undefined) runtime.global("FS").value = separator === "t" ? "\t" : readEscapes(separator);
      for (const text of tool.options.values("assign")) {
        const [, name, value] = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(text) ?? [];
        if (name === undefined || value === undefined) return await tool.die(`improper assignment: -v ${text}`, 2);
        runtime.assign(name, value);
      }
      const argv = runtime.arrayOf(runtime.global("ARGV"), "ARGV");
      for (const [index, word] of ["awk", ...operands].entries()) argv.set(String(index), fromInput(word));
      runtime.global("ARGC").value = operands.length + 1;
      const environment = runtime.arrayOf(runtime.global("ENVIRON"), "ENVIRON");
      for (const [name, value] of tool.process.env) environment.set(name, fromInput(value));
      try {
        return await runAwk(program, runtime);
      } catch (error) {
        if (error instanceof AwkError || error instanceof StreamError) {
          await runtime.streams.flush();
          if (error instanceof StreamError || !error.plain)
            return tool.die(`run time error: ${error.message}\n\t${runtime.where}`, 2);
        }
        throw error;
      }
    } catch (error) {
      if (error instanceof AwkSyntaxError || error instanceof AwkError || error instanceof StreamError)
        return tool.die(error.message, 2);
      throw error;
    }
  },
);

async function readStandardInput(reader: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of reader) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_PROGRAM) break;
  }
  return text;
}
