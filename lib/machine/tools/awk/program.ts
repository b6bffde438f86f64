/** Runs a program: BEGIN, each record against each rule, END. */
import { type Code, drive, straight } from "./code.ts";
import { type CompiledFunction, Expressions } from "./expressions.ts";
import type { Runtime } from "./runtime.ts";
import { type Flow, Statements } from "./statements.ts";
import { type AwkProgram, AwkSyntaxError, type Rule } from "./syntax.ts";
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
  const special = (type: "BEGIN" | "END") => program.rules.filter((rule) => rule.pattern.type === type).map(action);
  const begins = special("BEGIN");
  const ends = special("END");
  const rules = program.rules.flatMap((rule): CompiledRule[] => {
    const { pattern } = rule;
    if (pattern.type === "BEGIN" || pattern.type === "END") return [];
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

  let flow: Flow;
  for (const begin of begins) {
    flow = await drive(begin);
    if (flow === "next" || flow === "nextfile") throw new AwkSyntaxError("next used in BEGIN or END");
    if (flow === "exit") break;
  }
  if (flow !== "exit" && (rules.length > 0 || ends.length > 0)) flow = await records(runtime, rules);
  // exit in BEGIN or a rule goes on with END; exit there ends at once.
  if (flow !== "exit" || begins.length + rules.length > 0) {
    for (const end of ends) if ((await drive(end)) === "exit") break;
  }
  await runtime.streams.closeAll();
  return runtime.exitStatus;
}

async function records(runtime: Runtime, rules: readonly CompiledRule[]): Promise<Flow> {
  for (;;) {
    const record = runtime.ready() ?? (await runtime.mainRecord());
    if (record === undefined) return undefined;
    runtime.count();
    runtime.setRecord(record);
    runtime.fuel += 1 + (record.length >> 8);
    for (const rule of rules) {
      if (!(await applies(rule))) continue;
      const flow = rule.action.waits ? await drive(rule.action) : rule.action.run();
      if (flow === "exit") return flow;
      if (flow === "nextfile") runtime.skipFile();
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
