/** Runs a program: BEGIN, each record against each rule, END. */
import { type Code, drive, straight } from "./code.ts";
import { type CompiledFunction, Expressions, Unwind } from "./expressions.ts";
import type { Runtime } from "./runtime.ts";
import { type Flow, Statements } from "./statements.ts";
import type { AwkProgram, Rule } from "./syntax.ts";
import { isTrue } from "./values.ts";

interface CompiledRule {
  /** Undefined: always. */
  readonly test: Code | undefined;
  /** A range: its end, and whether it is open. */
  readonly to: Code | undefined;
  open: boolean;
  readonly action: Code<Flow>;
}

export async function runAwk(program: AwkProgram, runtime: Runtime): Promise<number> {
  const functions = new Map<string, CompiledFunction>();
  for (const definition of program.functions.values()) functions.set(definition.name, { definition, body: undefined });
  const expressions = new Expressions(runtime, functions);
  const statements = new Statements(expressions);
  for (const compiled of functions.values()) compiled.body = statements.compile(compiled.definition.body);

  const action = (rule: Rule): Code<Flow> =>
    rule.action === undefined
      ? statements.compile({ type: "print", format: false, args: [], redirect: undefined })
      : statements.compile(rule.action);
  const special = (type: "BEGIN" | "END" | "BEGINFILE" | "ENDFILE") =>
    program.rules.filter((rule) => rule.pattern.type === type).map(action);
  const begins = special("BEGIN");
  const ends = special("END");
  const rules = program.rules.flatMap((rule): CompiledRule[] => {
    const { pattern } = rule;
    if (pattern.type !== "always" && pattern.type !== "when" && pattern.type !== "range") return [];
    runtime.line = rule.line;
    const test = pattern.type === "when" ? pattern.test : pattern.type === "range" ? pattern.from : undefined;
    return [
      {
        test: test === undefined ? undefined : expressions.compile(test),
        to: pattern.type === "range" ? expressions.compile(pattern.to) : undefined,
        open: false,
        action: action(rule),
      },
    ];
  });

  const files = { BEGINFILE: special("BEGINFILE"), ENDFILE: special("ENDFILE") };
  if (files.BEGINFILE.length + files.ENDFILE.length > 0)
    runtime.onFile = async (event) => {
      for (const code of files[event]) {
        const flow = await within(runtime, () => drive(code));
        if (flow === "exit") throw new Unwind("exit");
      }
    };

  runtime.line = 0;
  for (const { message, line } of program.warnings) {
    runtime.line = line;
    runtime.warn(message);
  }
  runtime.line = 0;
  let flow: Flow;
  for (const begin of begins) {
    flow = await within(runtime, () => drive(begin));
    if (flow === "exit") break;
  }
  const reads = rules.length + ends.length > 0 || runtime.onFile !== undefined;
  if (flow !== "exit" && reads) flow = await records(runtime, rules);
  // exit in BEGIN or a rule goes on with END; exit there ends at once.
  if (flow !== "exit" || begins.length + rules.length > 0) {
    for (const end of ends) if ((await within(runtime, () => drive(end))) === "exit") break;
  }
  await runtime.streams.closeAll();
  return runtime.exitStatus;
}

/** `next` and `exit` in functions leave all of them. */
async function within(runtime: Runtime, run: () => Flow | Promise<Flow>): Promise<Flow> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Unwind)) throw error;
    runtime.locals = [];
    runtime.depth = 0;
    return error.flow;
  }
}

async function records(runtime: Runtime, rules: readonly CompiledRule[]): Promise<Flow> {
  for (;;) {
    let record = runtime.ready();
    if (record === undefined) {
      const flow = await within(runtime, async () => {
        record = await runtime.mainRecord();
        return undefined;
      });
      if (flow !== undefined) return flow;
    }
    if (record === undefined) return undefined;
    runtime.count();
    runtime.setRecord(record);
    runtime.fuel += 1 + (record.length >> 8);
    for (const rule of rules) {
      const does = applies(rule);
      if (!(typeof does === "boolean" ? does : await does)) continue;
      const { action } = rule;
      const flow = action.waits ? await within(runtime, () => drive(action)) : action.run();
      if (flow === "exit") return flow;
      if (flow === "nextfile") await runtime.skipFile();
      if (flow === "next" || flow === "nextfile") break;
    }
    const pay = runtime.pay();
    if (pay !== undefined) await pay;
  }
}

const ALWAYS = straight<unknown>(() => 1);

function applies(rule: CompiledRule): boolean | Promise<boolean> {
  const { test = ALWAYS as Code, to } = rule;
  if (to === undefined && !test.waits) return isTrue(test.run());
  return inRange(rule, test, to);
}

async function inRange(rule: CompiledRule, test: Code, to: Code | undefined): Promise<boolean> {
  if (!rule.open && !isTrue(await drive(test))) return false;
  if (to !== undefined) rule.open = !isTrue(await drive(to));
  return true;
}
