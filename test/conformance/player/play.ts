/** Plays a scenario: runs its steps one after the other and compares. */
import { expect } from "vitest";
import type { Scenario, Step } from "./format.ts";
import { Bindings } from "./masks.ts";
import type { OpenWatch, SeenChange, Target } from "./target.ts";
import { differences, show, valueAt, words } from "./values.ts";

type StepOf<Key extends string> = Extract<Step, Record<Key, unknown>>;

class Player {
  readonly #target: Target;
  readonly #bindings: Bindings;
  readonly #watches = new Map<string, OpenWatch>();

  constructor(target: Target) {
    this.#target = target;
    this.#bindings = new Bindings(target.namespace);
  }

  close(): void {
    for (const watch of this.#watches.values()) watch.close();
  }

  async step(step: Step): Promise<void> {
    const target = this.#target;
    if ("run" in step) return this.#run(step);
    if ("request" in step) return this.#request(step);
    if ("apply" in step) return this.#manifest("apply", step.apply);
    if ("create" in step) return this.#manifest("create", step.create);
    if ("settle" in step) return target.settle();
    if ("advance" in step) return target.advance(step.advance);
    if ("until" in step) return this.#until(step);
    if ("events" in step) return this.#events(step);
    if ("object" in step) return this.#object(step);
    if ("history" in step) return this.#history(step);
    if ("mark" in step) return target.mark();
    if ("watch" in step) return this.#watch(step);
    if ("watched" in step) return this.#watched(step);
    if ("node" in step) return target.power(step.node.name, step.node.power === "on");
    if ("fault" in step) {
      // Masks may stand in names; the cluster refuses what is no fault of its own.
      const filled = JSON.parse(this.#bindings.fill(JSON.stringify(step.fault))) as Parameters<Target["fault"]>[0];
      return target.fault(filled);
    }
    throw new Error(`a step that is not known: ${JSON.stringify(step satisfies never)}`);
  }

  #same(what: string, actual: string, expected: string): void {
    if (this.#bindings.matches(actual, expected)) return;
    expect(actual, what).toBe(this.#bindings.render(actual, expected));
    throw new Error(`${what} differs in its blanks:\n${actual}`);
  }

  #sameLines(what: string, actual: readonly string[], expected: readonly string[]): void {
    if (actual.length === expected.length && expected.every((line, i) => this.#bindings.matches(actual[i] ?? "", line)))
      return;
    const rendered = expected.map((line) => actual.find((one) => this.#bindings.matches(one, line)) ?? line);
    expect(actual, what).toEqual(rendered);
    throw new Error(`${what} differs:\n${actual.join("\n")}`);
  }

  async #run(step: StepOf<"run">): Promise<void> {
    const bindings = this.#bindings;
    const outcome = await this.#target.kubectl(words(bindings.fill(step.run)).slice(1), {
      ...(step.stdin === undefined ? {} : { stdin: bindings.fill(step.stdin) }),
      ...(step.interrupt === undefined ? {} : { interruptMs: step.interrupt }),
    });
    if (step.interrupt === undefined && outcome.exitCode !== step.exit)
      expect({ ...outcome }, "exit code").toEqual({ ...outcome, exitCode: step.exit });
    if (step.stdout !== undefined) this.#same("stdout", outcome.stdout, step.stdout);
    if (step.stderr !== undefined) this.#same("stderr", outcome.stderr, step.stderr);
    for (const passage of step.contains ?? [])
      if (!bindings.within(outcome.stdout, passage)) expect(outcome.stdout, "stdout").toContain(passage);
    for (const passage of step.complains ?? [])
      if (!bindings.within(outcome.stderr, passage)) expect(outcome.stderr, "stderr").toContain(passage);
  }

  async #manifest(verb: "apply" | "create", manifest: string): Promise<void> {
    const outcome = await this.#target.kubectl([verb, "-f", "-"], { stdin: this.#bindings.fill(manifest) });
    if (outcome.exitCode !== 0) throw new Error(outcome.stderr);
  }

  async #request({ request, status, body, warnings }: StepOf<"request">): Promise<void> {
    const bindings = this.#bindings;
    const sent =
      request.body === undefined
        ? undefined
        : bindings.fill(typeof request.body === "string" ? request.body : JSON.stringify(request.body));
    const answer = await this.#target.request({
      method: request.method,
      path: bindings.fill(request.path),
      headers: {
        ...(sent === undefined ? {} : { "content-type": request.contentType ?? "application/json" }),
        ...(request.accept === undefined ? {} : { accept: request.accept }),
        ...(request.as === undefined ? {} : { "impersonate-user": bindings.fill(request.as) }),
        ...(request.groups === undefined ? {} : { "impersonate-group": bindings.fill(request.groups.join(",")) }),
      },
      ...(sent === undefined ? {} : { body: sent }),
    });
    if (answer.status !== status) throw new Error(`expected ${status}, was answered ${answer.status}: ${answer.text}`);
    if (warnings !== undefined) this.#sameLines("warnings", warningsOf(answer.headers["warning"]), warnings);
    if (body === undefined) return;
    const found = typeof body === "string" ? answer.text : (JSON.parse(answer.text) as unknown);
    this.#none(differences(found, body, bindings), found);
  }

  #none(found: readonly string[], whole: unknown): void {
    if (found.length > 0) throw new Error(`${found.join("\n")}\nin ${JSON.stringify(whole, undefined, 1)}`);
  }

  async #get(name: string): Promise<unknown> {
    const outcome = await this.#target.kubectl(["get", this.#bindings.fill(name), "-o", "json"], {});
    if (outcome.exitCode === 0) return JSON.parse(outcome.stdout);
    if (outcome.stderr.includes("(NotFound)")) return undefined;
    throw new Error(outcome.stderr);
  }

  async #until({ until }: StepOf<"until">): Promise<void> {
    let last: unknown;
    const come = await this.#target.until(async () => {
      const object = await this.#get(until.object);
      if (until.gone) return object === undefined;
      last = object === undefined ? undefined : valueAt(object, until.path ?? "");
      return object !== undefined && differences(last, until.value ?? null, this.#bindings).length === 0;
    }, until.within);
    if (!come) throw new Error(`did not come true in time; ${until.path ?? until.object} was ${JSON.stringify(last)}`);
  }

  async #object(step: StepOf<"object">): Promise<void> {
    const object = await this.#get(step.object);
    if (step.gone) {
      if (object !== undefined) throw new Error(`${step.object} is still there`);
      return;
    }
    if (object === undefined) throw new Error(`${step.object} is not there`);
    const found = differences(object, step.expect ?? {}, this.#bindings);
    for (const [path, value] of Object.entries(step.values ?? {}))
      found.push(...differences(valueAt(object, path), value, this.#bindings, path));
    this.#none(found, object);
  }

  async #events({ events }: StepOf<"events">): Promise<void> {
    const [kind = "", name = ""] = events.for.split("/");
    const found = (await this.#target.events()).filter(
      (event) => event.kind === kind && this.#bindings.matches(event.name, name),
    );
    const expected = events.ordered ?? events.among ?? events.unordered ?? [];
    const lineOf = (event: (typeof found)[number], pattern: string | undefined) =>
      `${event.type} ${event.reason}: ${event.message}${/ \(x[^)]+\)$/.test(pattern ?? "") ? ` (x${event.count})` : ""}`;
    if (events.ordered !== undefined) {
      const lines = found.map((event, index) => lineOf(event, expected[index]));
      return this.#sameLines(`events for ${events.for}`, lines, expected);
    }
    let from = 0;
    const left = [...found];
    for (const line of expected) {
      const index = left.findIndex((event, at) => at >= from && this.#bindings.matches(lineOf(event, line), line));
      if (index === -1) {
        const all = found.map((event) => lineOf(event, line)).join("\n");
        throw new Error(`events for ${events.for} lack\n${line}\nin\n${all}`);
      }
      if (events.among !== undefined) from = index + 1;
      else left.splice(index, 1);
    }
    if (events.unordered !== undefined && left.length > 0)
      throw new Error(`events for ${events.for} that are not expected:\n${left.map((e) => lineOf(e, "")).join("\n")}`);
  }

  async #history({ history }: StepOf<"history">): Promise<void> {
    const matching = new RegExp(`^(?:${this.#bindings.fill(history.name ?? ".*")})$`);
    const { changes, marked } = await this.#target.history(history.resource);
    const lines = condense(changes, marked, history.show ?? []).filter(({ name }) => matching.test(name));
    if (history.ordered !== undefined) {
      const text = lines.map(({ line }) => line);
      return this.#sameLines(`history of ${history.resource}`, text, history.ordered);
    }
    const sorted = (list: readonly string[]) =>
      [...list].sort((a, b) => ((a.split(" ")[1] ?? "") < (b.split(" ")[1] ?? "") ? -1 : 1));
    const byName = [...lines].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    const text = byName.map(({ line }) => line);
    this.#sameLines(`history of ${history.resource}`, text, sorted(history.perObject ?? []));
  }

  async #watch({ watch }: StepOf<"watch">): Promise<void> {
    const headers: Record<string, string> = watch.accept === undefined ? {} : { accept: watch.accept };
    this.#watches.set(watch.name, await this.#target.watch(this.#bindings.fill(watch.path), headers));
  }

  async #watched({ watched }: StepOf<"watched">): Promise<void> {
    const watch = this.#watches.get(watched.name);
    if (watch === undefined) throw new Error(`no watch is called ${watched.name}`);
    const found = watch.take();
    this.#none(differences(found, watched.events, this.#bindings), found);
    if (watched.ended && !watch.ended) throw new Error(`the watch ${watched.name} has not ended`);
  }
}

/** One line per change that counts after the first `marked`; consecutive changes of an object that show the same are one. */
function condense(
  changes: readonly SeenChange[],
  marked: number,
  shown: readonly string[],
): { name: string; line: string }[] {
  const last = new Map<string, string>();
  const leaving = new Set<string>();
  const lines: { name: string; line: string }[] = [];
  for (const [index, { type, object }] of changes.entries()) {
    if (index === marked) lines.length = 0;
    const { name, uid = "", deletionTimestamp } = object.metadata;
    const values = shown.map((path) => ` ${show(valueAt(object, path))}`).join("");
    if (type !== "DELETED" && deletionTimestamp !== undefined && !leaving.has(uid)) {
      leaving.add(uid);
      if (type === "MODIFIED") lines.push({ name, line: `DELETING ${name}` });
    }
    if (type === "MODIFIED" && last.get(uid) === values) continue;
    last.set(uid, values);
    lines.push({ name, line: type === "DELETED" ? `DELETED ${name}` : `${type} ${name}${values}` });
  }
  if (marked >= changes.length) lines.length = 0;
  return lines;
}

/** Texts of `299 - "a", 299 - "b"`. */
function warningsOf(header: string | undefined): string[] {
  return [...(header ?? "").matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) =>
    text.replace(/\\(.)/g, "$1"),
  );
}

/** How a step is named where it fails. */
function nameOf(step: Step): string {
  if ("run" in step) return step.run;
  if ("request" in step) return `${step.request.method} ${step.request.path}`;
  return Object.keys(step).join(" ");
}

/** Runs all steps; throws at the first that is not as expected. */
export async function play(scenario: Scenario, target: Target): Promise<void> {
  const player = new Player(target);
  try {
    for (const [index, step] of scenario.steps.entries()) {
      try {
        await player.step(step);
      } catch (error) {
        if (error instanceof Error) error.message = `step ${index + 1} (${nameOf(step)}): ${error.message}`;
        throw error;
      }
    }
    expect(target.bugs(), "bugs").toEqual([]);
  } finally {
    player.close();
  }
}
