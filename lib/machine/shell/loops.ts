/** Loops: `for`, `while`, `until`, `select`. */
import type { CommandNode, CompoundList, For, Select, While } from "unbash";
import { displayWidth } from "../tty/width.ts";
import { BreakLoop, ExpansionError } from "./control.ts";
import { announce, executeStatements, guarded, test, trace } from "./execute.ts";
import { expandWords } from "./expand.ts";
import { readLine } from "./reading.ts";
import type { Shell } from "./shell.ts";

/** Runs a loop's body once; tells whether the loop ends. */
async function iterate(shell: Shell, body: CompoundList, result: { status: number }): Promise<boolean> {
  try {
    result.status = await executeStatements(shell, body.commands);
    return false;
  } catch (error) {
    if (!(error instanceof BreakLoop)) throw error;
    result.status = error.status;
    shell.lastStatus = error.status;
    if (error.levels > 1) throw new BreakLoop(error.kind, error.levels - 1, error.status);
    return error.kind === "break";
  }
}

async function inLoop(shell: Shell, run: (result: { status: number }) => Promise<void>): Promise<number> {
  const result = { status: 0 };
  shell.loopDepth++;
  try {
    await run(result);
  } finally {
    shell.loopDepth--;
  }
  return result.status;
}

export function executeWhile(shell: Shell, node: While): Promise<number> {
  return inLoop(shell, async (result) => {
    const wanted = node.kind === "while";
    for (;;) {
      const paid = shell.checkpoint();
      if (paid !== undefined) await paid;
      try {
        if ((await test(shell, node.clause)) !== wanted) break;
      } catch (error) {
        if (!(error instanceof BreakLoop)) throw error;
        if (error.levels > 1) throw new BreakLoop(error.kind, error.levels - 1);
        if (error.kind === "break") break;
        continue;
      }
      if (await iterate(shell, node.body, result)) break;
    }
  });
}

async function loopWords(shell: Shell, node: For | Select): Promise<readonly string[]> {
  if (node.wordlist === undefined) return shell.positional;
  let words: readonly string[] = [];
  await guarded(shell, async () => {
    words = await expandWords(shell, node.wordlist ?? []);
    return 0;
  });
  return words;
}

export async function executeFor(shell: Shell, node: For): Promise<number> {
  shell.position = node.pos;
  const words = await loopWords(shell, node);
  const name = node.name.value;
  if (!/^[A-Za-z_]\w*$/.test(shell.flavour.bash ? node.name.text : name)) {
    await shell.complain(`\`${shell.flavour.bash ? node.name.text : name}': not a valid identifier`);
    return 1;
  }
  const head = shell.source.text.slice(node.pos, node.wordlist?.at(-1)?.end ?? node.name.end);
  return inLoop(shell, async (result) => {
    for (const word of words) {
      const paid = shell.checkpoint();
      if (paid !== undefined) await paid;
      if (shell.option("xtrace") && shell.flavour.bash) {
        const written = node.wordlist?.map((each) => each.text).join(" ") ?? '"$@"';
        await trace(shell, `for ${name} in ${written}`);
      }
      if (shell.flavour.bash) await announce(shell, node, head);
      if (shell.flavour.bash && shell.variables.lookup(name)?.readonly) {
        await shell.complain(`${name}: readonly variable`);
        result.status = 1;
        break;
      }
      await guarded(shell, async () => {
        await shell.assignElement(name, undefined, word);
        return 0;
      });
      if (await iterate(shell, node.body, result)) break;
    }
  });
}

export function executeArithmeticFor(
  shell: Shell,
  node: Extract<CommandNode, { type: "ArithmeticFor" }>,
): Promise<number> {
  shell.position = node.pos;
  const source = shell.source.text;
  const evaluate = async (expression: { readonly pos: number; readonly end: number } | undefined): Promise<bigint> => {
    const text = expression === undefined ? "1" : source.slice(expression.pos, expression.end);
    await announce(shell, node, `((${text}))`);
    return shell.arithmetic(text);
  };
  return inLoop(shell, (result) =>
    guarded(
      shell,
      async () => {
        await evaluate(node.initialize);
        for (;;) {
          const paid = shell.checkpoint();
          if (paid !== undefined) await paid;
          if ((await evaluate(node.test)) === 0n) break;
          if (await iterate(shell, node.body, result)) break;
          await evaluate(node.update);
        }
        return 0;
      },
      "((",
    ).then((status) => {
      if (status !== 0) result.status = status;
    }),
  );
}

export async function executeSelect(shell: Shell, node: Select): Promise<number> {
  shell.position = node.pos;
  const words = await loopWords(shell, node);
  if (words.length === 0) return 0;
  const columns = Number(shell.variables.get("COLUMNS") ?? 80);
  const menu = layoutMenu(words, columns);
  const head = shell.source.text.slice(node.pos, node.wordlist?.at(-1)?.end ?? node.name.end);
  if (shell.option("xtrace")) await trace(shell, head);
  await announce(shell, node, head);
  return inLoop(shell, async (result) => {
    let show = true;
    for (;;) {
      if (show) await shell.write(2, menu);
      show = false;
      await shell.write(2, shell.variables.get("PS3") ?? "#? ");
      let line: string | undefined;
      try {
        line = await readLine(shell, 0);
      } catch (error) {
        if (!(error instanceof ExpansionError)) throw error;
        await shell.complain(error.message);
      }
      if (line === undefined) {
        await shell.out("\n");
        result.status = 1;
        return;
      }
      shell.variables.set("REPLY", line);
      if (line.trim() === "") {
        show = true;
        continue;
      }
      const choice = /^\s*\d+\s*$/.test(line) ? words[Number(line) - 1] : undefined;
      shell.variables.set(node.name.value, choice ?? "");
      if (await iterate(shell, node.body, result)) return;
      show = shell.variables.get("REPLY") === "";
    }
  });
}

const TAB = 8;

/** From one column to another, by tabs where one helps. */
function indent(from: number, to: number): string {
  let out = "";
  for (let at = from; at < to; ) {
    const tab = Math.floor(to / TAB) > Math.floor(at / TAB);
    out += tab ? "\t" : " ";
    at += tab ? TAB - (at % TAB) : 1;
  }
  return out;
}

/** The numbered list of `select`, in columns where it fits (print_select_list of execute_cmd.c). */
function layoutMenu(words: readonly string[], width: number): string {
  const digits = String(words.length).length;
  const cell = Math.max(...words.map(displayWidth)) + digits + 4;
  let columns = Math.max(1, Math.floor(width / cell));
  let rows = Math.ceil(words.length / columns);
  columns = Math.ceil(words.length / rows);
  if (rows === 1) {
    rows = columns;
    columns = 1;
  }
  let out = "";
  for (let row = 0; row < rows; row++) {
    for (let at = row, position = 0; at < words.length; at += rows, position += cell) {
      const word = words[at] as string;
      const number = String(at + 1).padStart(position === 0 ? String(rows).length : digits);
      out += `${number}) ${word}`;
      if (at + rows < words.length) out += indent(position + number.length + 2 + displayWidth(word), position + cell);
    }
    out += "\n";
  }
  return out;
}
