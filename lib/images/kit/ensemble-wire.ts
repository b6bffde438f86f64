/** What members of an ensemble say to each other: a JSON a line. */
import { type Connection, isErrno, type Process } from "../../machine/index.ts";
import type { JournalState, Position } from "./journal.ts";
import { StreamReader } from "./reader.ts";
import { resolveHost } from "./resolve.ts";

export const DIAL_MS = 1000;
export const LINE_LIMIT = 64 * 1024 * 1024;

export type Message =
  | { readonly type: "probe"; readonly from: string; readonly cluster?: string | undefined }
  | { readonly type: "removed" }
  | { readonly type: "foreign"; readonly cluster: string }
  | { readonly type: "lost"; readonly index: number }
  | { readonly type: "question"; readonly request: number; readonly question: string }
  | { readonly type: "unanswered"; readonly request: number }
  | {
      readonly type: "status";
      readonly id: string;
      readonly rank: number;
      readonly term: number;
      readonly last: Position;
      readonly leader: string | undefined;
    }
  | {
      readonly type: "vote";
      readonly term: number;
      readonly candidate: string;
      readonly last: Position;
      readonly cluster?: string | undefined;
    }
  | { readonly type: "ballot"; readonly granted: boolean; readonly term: number }
  | { readonly type: "elected"; readonly leader: string }
  | {
      readonly type: "join";
      readonly id: string;
      readonly term: number;
      readonly last: Position;
      readonly cluster?: string | undefined;
    }
  | { readonly type: "sync"; readonly state: JournalState }
  | { readonly type: "entry"; readonly term: number; readonly index: number; readonly change: string | undefined }
  | { readonly type: "ack"; readonly index: number }
  | { readonly type: "commit"; readonly index: number }
  | { readonly type: "submit"; readonly request: number; readonly change: string }
  | { readonly type: "done"; readonly request: number; readonly result: string };

/** A connection between a leader and a member that follows it. */
export interface Link {
  readonly id: string;
  readonly connection: Connection;
  readonly send: (message: Message) => void;
  /** Cluster time in ms. */
  readonly since: number;
  acknowledged: number;
}

/** Undefined for what is no message: another protocol. */
export function messageOf(line: string): Message | undefined {
  try {
    return JSON.parse(line) as Message;
  } catch (error) {
    // Another protocol: hang up.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * Asks the member that listens there, without being one: what its `asked` gives; undefined where nothing answers.
 */
export async function askMember(
  process: Process,
  host: string,
  port: number,
  question: string,
): Promise<string | undefined> {
  let connection: Connection | undefined;
  try {
    const address = await resolveHost(process, host);
    if (address === undefined) return undefined;
    connection = await process.network.connect(address, port, { timeoutMs: DIAL_MS, signal: process.signal });
    const message: Message = { type: "question", request: 0, question };
    await connection.writer.write(`${JSON.stringify(message)}\n`);
    const line = await new StreamReader(connection.reader).line(LINE_LIMIT);
    const answer = line === undefined ? undefined : messageOf(line);
    return answer?.type === "done" ? answer.result : undefined;
  } catch (problem) {
    if (isErrno(problem) && !process.signal.aborted) return undefined;
    throw problem;
  } finally {
    connection?.close();
  }
}

export function linkOf(id: string, connection: Connection, since: number): Link {
  let queue: Promise<void> = Promise.resolve();
  return {
    id,
    connection,
    since,
    acknowledged: 0,
    send: (message) => {
      queue = queue.then(() => connection.writer.write(`${JSON.stringify(message)}\n`)).catch(() => undefined);
    },
  };
}
