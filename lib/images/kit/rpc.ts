/** Questions and answers over one lasting connection, a JSON a line: what members and command-line tools speak here. */
import { type Connection, isErrno, type Process } from "../../machine/index.ts";
import { StreamReader } from "./reader.ts";

const LINE_LIMIT = 64 * 1024 * 1024;

/** The connection ended before an answer came. */
export class LinkLost extends Error {}

/** What the other side refused, in its words. */
export class Refused extends Error {}

export interface RpcLink {
  readonly address: string;
  readonly open: boolean;
  /** Resolves with the answer. Throws `Refused` with the other side's words, or `LinkLost`. */
  ask<T>(message: object): Promise<T>;
  /** Sends without waiting for anything. */
  tell(message: object): void;
  close(): void;
}

interface Question {
  readonly id?: number;
  readonly message: unknown;
}
type Answer = { readonly id: number; readonly result: unknown } | { readonly id: number; readonly refused: string };

/** Connects to an address. Throws `Errno` where nobody listens. `lost` is called once, when the connection ends. */
export async function dialRpc(
  process: Process,
  address: string,
  port: number,
  options: { readonly timeoutMs?: number; readonly lost?: () => void } = {},
): Promise<RpcLink> {
  const { timeoutMs = 5000, lost } = options;
  const connection = await process.network.connect(address, port, { timeoutMs, signal: process.signal });
  const waiting = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>();
  let next = 1;
  let open = true;
  let queue: Promise<void> = Promise.resolve();
  const end = () => {
    if (!open) return;
    open = false;
    connection.close();
    for (const { reject } of waiting.values()) reject(new LinkLost("connection lost"));
    waiting.clear();
    lost?.();
  };
  const write = (question: Question) => {
    queue = queue.then(() => connection.writer.write(`${JSON.stringify(question)}\n`)).catch(end);
  };
  const listen = async () => {
    const reader = new StreamReader(connection.reader);
    for (;;) {
      const line = await reader.line(LINE_LIMIT);
      if (line === undefined || line === "") return;
      const answer = JSON.parse(line) as Answer;
      const asked = waiting.get(answer.id);
      waiting.delete(answer.id);
      if ("refused" in answer) asked?.reject(new Refused(answer.refused));
      else asked?.resolve(answer.result as never);
    }
  };
  // What is not JSON ends the connection as what it is: another protocol.
  listen()
    .catch(() => undefined)
    .finally(end);
  return {
    address,
    get open() {
      return open;
    },
    ask<T>(message: object): Promise<T> {
      if (!open) return Promise.reject(new LinkLost("connection lost"));
      return new Promise<T>((resolve, reject) => {
        const id = next++;
        waiting.set(id, { resolve: resolve as (result: never) => void, reject });
        write({ id, message });
      });
    },
    tell(message) {
      if (open) write({ message });
    },
    close: end,
  };
}

/**
 * Answers one connection until it ends. Questions are handled as they come, several at once; an `Error` that `refuses`
 * knows travels as its message, any other is a bug and ends the connection.
 */
export async function answerRpc(
  process: Process,
  connection: Connection,
  handle: (message: never) => Promise<unknown> | unknown,
  refuses: (error: unknown) => string | undefined = (error) => (error instanceof Refused ? error.message : undefined),
): Promise<void> {
  const reader = new StreamReader(connection.reader);
  let queue: Promise<void> = Promise.resolve();
  const reply = (answer: Answer) => {
    queue = queue.then(() => connection.writer.write(`${JSON.stringify(answer)}\n`)).catch(() => connection.close());
  };
  const one = async ({ id, message }: Question) => {
    try {
      const result = (await handle(message as never)) ?? null;
      if (id !== undefined) reply({ id, result });
    } catch (error) {
      const refused = refuses(error);
      if (refused !== undefined && id !== undefined) reply({ id, refused });
      else {
        connection.close();
        if (refused === undefined && !isErrno(error) && !(error instanceof LinkLost) && !process.signal.aborted) {
          await process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
        }
      }
    }
  };
  for (;;) {
    const line = await reader.line(LINE_LIMIT);
    if (line === undefined) return;
    let question: Question;
    try {
      question = JSON.parse(line) as Question;
    } catch (error) {
      // Somebody speaks something else: hang up, as a server of a binary protocol does.
      if (error instanceof SyntaxError) return;
      throw error;
    }
    await process.spend(50);
    void one(question).catch(() => undefined);
  }
}
