/** Entry point of a sandbox worker: clusters, terminals and grading of some learners, in a thread of their own. */
import { parentPort, workerData } from "node:worker_threads";
import type { LiveMessage } from "../protocol/types.ts";
import { embeddedSandboxes, serveClusters } from "../sandbox/embedded/index.node.ts";
import { kubeconfigSandboxes } from "../sandbox/kubeconfig/index.node.ts";
import type { EditId, SandboxId, SandboxProvider, Terminal, TerminalId } from "../sandbox/types.ts";
import { serveRpc } from "./rpc.node.ts";
import { AttemptRuntime } from "./runtime.ts";
import { NOT_FOUND, type WorkerCalls, type WorkerSubscriptions } from "./worker-api.ts";

const port = parentPort;
if (port === null) throw new Error("worker.node.ts runs as a worker thread only");

// One learner's broken promise must not end the sandboxes of the others; it is a bug of ours, and logged as one.
process.on("unhandledRejection", (reason) => console.error("Bug in a sandbox worker (unhandled rejection):", reason));

/** Shared with the main thread: the mark of the attempt at work, for the case that it does not come back from it. */
const atWork = new Int32Array((workerData as { readonly atWork: SharedArrayBuffer }).atWork);
const marks = new Map<string, number>();
const nowAtWork = (id: string) => Atomics.store(atWork, 0, marks.get(id) ?? 0);

const embedded = embeddedSandboxes({ onWork: nowAtWork });
const kubeconfig = process.env["STATECRAFT_KUBECONFIG"] ?? "";
/** Sandboxes are embedded clusters, or namespaces of the cluster that STATECRAFT_KUBECONFIG names. */
const provider: SandboxProvider =
  kubeconfig === ""
    ? embedded
    : kubeconfigSandboxes({
        kubeconfig,
        ...(process.env["STATECRAFT_CONTEXT"] === undefined ? {} : { context: process.env["STATECRAFT_CONTEXT"] }),
      });
const runtimes = new Map<string, AttemptRuntime>();
const changedListeners = new Set<(id: string) => void>();
const verdictListeners = new Set<(value: WorkerSubscriptions["verdicts"]["value"]) => void>();
const markListeners = new Set<(value: WorkerSubscriptions["marks"]["value"]) => void>();
const clusters = serveClusters((id) => embedded.get(id as SandboxId));

function notFound(what: string): Error {
  const error = new Error(`${what} does not exist`);
  error.name = NOT_FOUND;
  return error;
}

function runtime(id: string): AttemptRuntime {
  const found = runtimes.get(id);
  nowAtWork(id);
  if (found === undefined) throw notFound(`attempt ${id}`);
  return found;
}

async function terminal(id: string, terminalId: string): Promise<Terminal> {
  const found = await runtime(id).sandbox.terminal(terminalId as TerminalId);
  if (found === undefined) throw notFound(`terminal ${terminalId}`);
  return found;
}

type Async<Calls> = {
  readonly [Name in keyof Calls]: Calls[Name] extends (...args: infer Args) => infer Value
    ? (...args: Args) => Value | Promise<Value>
    : never;
};

const calls: Async<WorkerCalls> = {
  ping: () => undefined,
  port: async () => (await clusters).port,
  open: async (spec, saved, mark) => {
    if (runtimes.has(spec.id)) return;
    marks.set(spec.id, mark);
    nowAtWork(spec.id);
    const id = spec.id as SandboxId;
    const sandbox =
      saved === undefined
        ? await provider.create(id, spec.sandbox)
        : await provider.restore(id, spec.sandbox, saved.snapshot);
    const started = await AttemptRuntime.start(spec, sandbox, saved?.grading);
    started.onChanged(() => {
      for (const listener of changedListeners) listener(spec.id);
    });
    started.onMark((exercise, saved) => {
      for (const listener of markListeners) listener({ id: spec.id, exercise, saved });
    });
    await started.live((message: LiveMessage) => {
      if (message.type !== "verdict") return;
      for (const listener of verdictListeners) listener({ id: spec.id, verdict: message.verdict });
    });
    runtimes.set(spec.id, started);
  },
  close: async (id) => {
    const closing = runtimes.get(id);
    runtimes.delete(id);
    marks.delete(id);
    await closing?.close();
    await provider.release(id as SandboxId);
  },
  capabilities: (id) => runtime(id).sandbox.capabilities,
  save: (id) => runtime(id).save(),
  files: (id) => runtime(id).sandbox.workspace.list(),
  readFile: (id, path) => runtime(id).sandbox.workspace.read(path),
  writeFile: (id, path, text) => runtime(id).sandbox.workspace.write(path, text),
  removeFile: (id, path) => runtime(id).sandbox.workspace.remove(path),
  terminals: (id) => runtime(id).sandbox.terminals(),
  openTerminal: async (id, columns, rows) => (await runtime(id).sandbox.openTerminal({ columns, rows })).id,
  closeTerminal: async (id, terminalId) => (await terminal(id, terminalId)).close(),
  typeCommand: async (id, terminalId, command) => (await terminal(id, terminalId)).type(command),
  terminalInput: async (id, terminalId, data) => (await terminal(id, terminalId)).input(data),
  resizeTerminal: async (id, terminalId, columns, rows) => (await terminal(id, terminalId)).resize({ columns, rows }),
  keepEdit: (id, edit, text, revision) => runtime(id).sandbox.edits.keep(edit as EditId, text, revision),
  saveEdit: (id, edit, text, revision) => runtime(id).sandbox.edits.save(edit as EditId, text, revision),
  cancelEdit: (id, edit) => runtime(id).sandbox.edits.cancel(edit as EditId),
  dryRun: (id, text) => runtime(id).dryRun(text),
  setSpeed: (id, speed) => runtime(id).sandbox.setSpeed(speed),
  inject: (id, fault) => runtime(id).sandbox.inject(fault),
  heal: (id, fault) => runtime(id).sandbox.heal(fault),
  strike: (id, incident) => runtime(id).sandbox.strike(incident),
  setNodePower: (id, node, on) => runtime(id).sandbox.setNodePower(node, on),
  reset: (id, to) => runtime(id).reset(to),
  answer: (id, exercise, check, answer) => runtime(id).answer(exercise, check, answer),
  evaluate: (id, exercise) => runtime(id).evaluate(exercise),
  verdicts: (id) => runtime(id).verdicts(),
  currentExercise: (id) => runtime(id).current(),
  kubeConfig: (id, server) => runtime(id).sandbox.kubeConfig(server),
};

serveRpc(port, {
  calls: calls as never,
  subscriptions: {
    live: (emit: (value: LiveMessage) => void, id: string, editor: boolean) => runtime(id).live(emit, { editor }),
    terminal: async (
      emit: (value: WorkerSubscriptions["terminal"]["value"]) => void,
      id: string,
      terminalId: string,
      since: number,
    ) => (await terminal(id, terminalId)).attach(since, emit),
    changed: (emit: (value: string) => void) => {
      changedListeners.add(emit);
      return () => changedListeners.delete(emit);
    },
    marks: (emit: (value: WorkerSubscriptions["marks"]["value"]) => void) => {
      markListeners.add(emit);
      return () => markListeners.delete(emit);
    },
    verdicts: (emit: (value: WorkerSubscriptions["verdicts"]["value"]) => void) => {
      verdictListeners.add(emit);
      return () => verdictListeners.delete(emit);
    },
  } as never,
});
