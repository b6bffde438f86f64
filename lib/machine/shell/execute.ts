/** The interpreter: statements, lists and compound commands. */
import type { CommandNode, CompoundList, PipelineNode, Statement } from "unbash";
import { pieceEnd } from "../pieces.ts";
import { evaluateCondition, RegexRefused } from "./conditional.ts";
import { ArithmeticFailure, ExitShell } from "./control.ts";
import { startCoprocess } from "./coprocess.ts";
import { expandPattern, expandText } from "./expand.ts";
import { executeArithmeticFor, executeFor, executeSelect, executeWhile } from "./loops.ts";
import { parseSource } from "./parse.ts";
import { compilePattern } from "./pattern.ts";
import { executePipeline, startBackground, waitForeground } from "./pipeline.ts";
import { promptText } from "./prompt.ts";
import { withRedirects } from "./redirect.ts";
import { discard, explain, type Shell } from "./shell.ts";
import { executeSimple } from "./simple.ts";
import { startSubshell } from "./subshell.ts";
import { runPendingTraps, runPseudoTrap } from "./trapping.ts";

export interface ExecuteOptions {
  /** Nothing comes after it in this process. */
  readonly last?: boolean;
}

const NONE: ExecuteOptions = {};
const LAST: ExecuteOptions = { last: true };

export async function executeStatements(
  shell: Shell,
  statements: readonly Statement[],
  options: ExecuteOptions = NONE,
): Promise<number> {
  let status = 0;
  for (let i = 0; i < statements.length; i++) {
    const statement = statements[i] as Statement;
    const paid = shell.checkpoint();
    if (paid !== undefined) await paid;
    if (shell.pendingSignals.length > 0) await runPendingTraps(shell);
    if (shell.option("noexec") && !shell.interactive) return status;
    if (statement.background) {
      shell.position = statement.pos;
      status = await startBackground(shell, statement);
      shell.lastStatus = status;
    } else
      status = await executeNode(shell, statement.command, options.last && i === statements.length - 1 ? LAST : NONE);
  }
  if (shell.pendingSignals.length > 0) await runPendingTraps(shell);
  return status;
}

export async function executeNode(
  shell: Shell,
  node: Statement["command"],
  options: ExecuteOptions = NONE,
): Promise<number> {
  if (node.type !== "AndOr") return executeChecked(shell, node, options);
  let status = 0;
  for (let i = 0; i < node.commands.length; i++) {
    const operator = i === 0 ? undefined : node.operators[i - 1];
    if (operator !== undefined && (operator === "&&") !== (status === 0)) continue;
    const command = node.commands[i] as PipelineNode;
    if (i === node.commands.length - 1) return executeChecked(shell, command, options);
    shell.tested++;
    try {
      status = await executeCommand(shell, command, NONE);
    } finally {
      shell.tested--;
    }
    setStatus(shell, status, command);
  }
  return status;
}

/** Commands whose failure counts for `set -e`; the others contain such commands. */
const CHECKED = new Set(["Command", "Pipeline", "Subshell", "TestCommand", "ArithmeticCommand"]);

async function executeChecked(shell: Shell, node: PipelineNode, options: ExecuteOptions): Promise<number> {
  const status = await executeCommand(shell, node, options);
  setStatus(shell, status, node);
  if (status !== 0 && shell.tested === 0) {
    const inner = node.type === "Redirected" ? node.command : node;
    const negated = inner.type === "Pipeline" && inner.prefixes.some((prefix) => prefix.type === "Negation");
    if (CHECKED.has(inner.type) && !negated) {
      if (inner.type === "Subshell") shell.position = inner.pos;
      await failed(shell, status);
    }
  }
  return status;
}

function setStatus(shell: Shell, status: number, node: PipelineNode): void {
  shell.lastStatus = status;
  if (
    node.type === "Command" ||
    node.type === "TestCommand" ||
    node.type === "ArithmeticCommand" ||
    node.type === "Subshell"
  ) {
    shell.pipeStatus = [status];
  }
}

/** The ERR trap, and `set -e`. */
async function failed(shell: Shell, status: number): Promise<void> {
  if (
    shell.traps.has("ERR") &&
    (shell.option("errtrace") || !shell.frames.some((frame) => frame.kind === "function"))
  ) {
    await runPseudoTrap(shell, "ERR");
  }
  if (shell.option("errexit")) throw new ExitShell(status);
}

export async function executeCommand(
  shell: Shell,
  node: PipelineNode | CompoundList,
  options: ExecuteOptions = NONE,
): Promise<number> {
  switch (node.type) {
    case "Command":
      return executeSimple(shell, node, options);
    case "Pipeline":
      return executePipeline(shell, node, options);
    case "Redirected":
      shell.position = node.pos;
      return guarded(shell, () => withRedirects(shell, node.redirects, () => executeCommand(shell, node.command)));
    case "CompoundList":
      return executeStatements(shell, node.commands, options);
    case "BraceGroup":
      return executeStatements(shell, node.body.commands, options);
    case "Subshell":
      return executeSubshell(shell, node.body);
    case "If":
      return executeIf(shell, node, options);
    case "While":
      return executeWhile(shell, node);
    case "For":
      return executeFor(shell, node);
    case "ArithmeticFor":
      return executeArithmeticFor(shell, node);
    case "Select":
      return executeSelect(shell, node);
    case "Case":
      return executeCase(shell, node, options);
    case "TestCommand":
      shell.position = node.pos;
      if (shell.flavour.dash) {
        await shell.complain(shell.flavour.notFound("[["));
        return 127;
      }
      await announce(shell, node);
      return guarded(shell, async () => ((await evaluateCondition(shell, node.expression)) ? 0 : 1), true);
    case "ArithmeticCommand":
      shell.position = node.pos;
      // Not in ash: a subshell in a subshell.
      if (!shell.flavour.bash)
        return guarded(shell, () => {
          const { script } = parseSource({ ...shell.source, text: node.body });
          const run = (copy: Shell) => executeStatements(copy, script.commands, LAST);
          const child = startSubshell(shell, run);
          return waitForeground(shell, [child], node.body);
        });
      await announce(shell, node);
      return guarded(
        shell,
        async () => {
          if (shell.option("xtrace")) await trace(shell, `(( ${node.body} ))`);
          return (await shell.arithmetic(node.body)) === 0n ? 1 : 0;
        },
        "((",
      );
    case "Function": {
      const name = node.name.value;
      if (shell.flavour.bash && /["'\\$`]/.test(node.name.text)) {
        await shell.complain(`\`${node.name.text}': not a valid identifier`);
        return 1;
      }
      if (shell.functions.get(name)?.readonly) {
        await shell.complain(`${name}: readonly function`);
        return 1;
      }
      shell.functions.set(name, { name, node, source: shell.source, exported: false });
      return 0;
    }
    case "Coproc":
      if (!shell.flavour.bash) {
        await shell.complain(shell.flavour.notFound("coproc"));
        return 127;
      }
      return startCoprocess(shell, node);
  }
}

/** Makes a command the one that BASH_COMMAND and the DEBUG trap speak of. */
export async function announce(
  shell: Shell,
  node: { readonly pos: number; readonly end: number },
  text?: string,
): Promise<void> {
  if (shell.inTrap) return;
  shell.command =
    text === undefined ? { text: shell.source.text, pos: node.pos, end: node.end } : { text, pos: 0, end: text.length };
  if (!shell.traps.has("DEBUG")) return;
  await runPseudoTrap(shell, "DEBUG");
  shell.position = node.pos;
}

/**
 * Expansion errors inside a compound command: reported, and the line is dropped. `"(("` and `true`: the command only
 * fails.
 */
export async function guarded(
  shell: Shell,
  body: () => Promise<number>,
  soft: boolean | "((" = false,
): Promise<number> {
  try {
    return await body();
  } catch (error) {
    if (error instanceof RegexRefused) return 2;
    const problem = explain(error);
    if (problem === undefined) throw error;
    const arithmetic = error instanceof ArithmeticFailure;
    const command = !arithmetic ? "" : soft === "((" ? "((: " : soft && error.operand ? "[[: " : "";
    await shell.complain(command + problem.message);
    const within = soft === true && arithmetic && !error.operand;
    if (soft !== false && !within && !problem.fatal) return 1;
    throw discard(shell, problem.fatal);
  }
}

/** Longer lines of `set -x` are written in parts, each of which is paid for. */
const WRITTEN_AT_ONCE = 65_536;

/** Writes a line of `set -x`. */
export async function trace(shell: Shell, text: string): Promise<void> {
  const template = shell.variables.get("PS4") ?? "+ ";
  let ps4 = template;
  if (/[$`\\]/.test(template)) {
    // What PS4 itself runs is not traced.
    shell.setOptions.delete("xtrace");
    try {
      ps4 = await promptText(shell, template);
    } finally {
      shell.setOptions.add("xtrace");
    }
  }
  const first = Array.from(ps4)[0] ?? "";
  const line = `${first.repeat(shell.flavour.bash ? shell.traceDepth : 0)}${ps4}${text}\n`;
  if (line.length <= WRITTEN_AT_ONCE) return shell.write(2, line);
  for (let at = 0; at < line.length; ) {
    const end = Math.max(pieceEnd(line, at), pieceEnd(line, Math.min(line.length, at + WRITTEN_AT_ONCE)));
    await shell.write(2, line.slice(at, end));
    at = end;
  }
}

async function executeSubshell(shell: Shell, body: CompoundList): Promise<number> {
  return guarded(shell, async () => {
    const run = (copy: Shell) => {
      copy.parentJobs = undefined;
      if (copy.flavour.bash) copy.loopDepth = 0;
      return executeStatements(copy, body.commands, LAST);
    };
    const child = startSubshell(shell, run, {
      ...(shell.option("monitor") ? { processGroup: 0 } : {}),
    });
    return waitForeground(shell, [child], `( ${shell.source.text.slice(body.pos, body.end).trim()} )`);
  });
}

/** Runs a condition: its failure means nothing to `set -e`. */
export async function test(shell: Shell, clause: CompoundList): Promise<boolean> {
  shell.tested++;
  try {
    return (await executeStatements(shell, clause.commands)) === 0;
  } finally {
    shell.tested--;
  }
}

async function executeIf(
  shell: Shell,
  node: Extract<CommandNode, { type: "If" }>,
  options: ExecuteOptions,
): Promise<number> {
  if (await test(shell, node.clause)) return executeStatements(shell, node.then.commands, options);
  for (const branch of node.elif) {
    if (await test(shell, branch.clause)) return executeStatements(shell, branch.then.commands, options);
  }
  return node.else === undefined ? 0 : executeStatements(shell, node.else.commands, options);
}

async function executeCase(
  shell: Shell,
  node: Extract<CommandNode, { type: "Case" }>,
  options: ExecuteOptions,
): Promise<number> {
  shell.position = node.pos;
  let status = 0;
  let subject = "";
  const choose = await chosenItem(shell, node, (text) => {
    subject = text;
  });
  for (let at = choose; at !== -1; ) {
    const item = node.items[at];
    if (item === undefined) break;
    status = await executeStatements(shell, item.body.commands, item.terminator === ";;" ? options : NONE);
    if (item.terminator === ";&") at++;
    else if (item.terminator === ";;&") at = await nextItem(shell, node, subject, at + 1);
    else break;
  }
  return status;
}

async function chosenItem(
  shell: Shell,
  node: Extract<CommandNode, { type: "Case" }>,
  keep: (subject: string) => void,
): Promise<number> {
  let found = -1;
  await guarded(shell, async () => {
    const subject = await expandText(shell, node.word);
    keep(subject);
    if (shell.flavour.bash) await announce(shell, node, `case ${node.word.text} in`);
    if (shell.option("xtrace") && shell.flavour.bash) await trace(shell, `case ${node.word.text} in`);
    found = await nextItem(shell, node, subject, 0);
    return 0;
  });
  return found;
}

async function nextItem(
  shell: Shell,
  node: Extract<CommandNode, { type: "Case" }>,
  subject: string,
  from: number,
): Promise<number> {
  for (let at = from; at < node.items.length; at++) {
    for (const word of node.items[at]?.pattern ?? []) {
      const pattern = compilePattern(await expandPattern(shell, word), {
        extended: shell.shopt("extglob"),
        ignoreCase: shell.shopt("nocasematch"),
      });
      if (await pattern.matches(subject, (units) => shell.process.spend(units))) return at;
    }
  }
  return -1;
}
