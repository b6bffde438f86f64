/** Who a browser belongs to: a random token in a cookie, its hash in the database. */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { and, eq, gt } from "drizzle-orm";
import { type Queries, schema } from "../db/index.ts";

export interface Session {
  readonly learnerId: string;
}

export const SESSION_COOKIE = "statecraft_session";
/** A guest's work is kept as long as the cookie lives. */
export const SESSION_SECONDS = 180 * 24 * 3600;

const hashOf = (token: string) => createHash("sha256").update(token).digest("hex");

/** The session of a token; undefined where it is unknown or has expired. */
export async function findSession(
  queries: Queries,
  token: string | undefined,
  now: Date,
): Promise<Session | undefined> {
  if (token === undefined || token === "") return undefined;
  const [row] = await queries
    .select({ learnerId: schema.sessions.learnerId })
    .from(schema.sessions)
    .where(and(eq(schema.sessions.tokenHash, hashOf(token)), gt(schema.sessions.expiresAt, now)));
  return row;
}

/** A new guest with a session of their own. `token` goes into the cookie and is not kept here. */
export async function createGuest(
  queries: Queries,
  now: Date,
): Promise<{ readonly session: Session; readonly token: string }> {
  const learnerId = randomUUID();
  const token = randomBytes(32).toString("base64url");
  await queries.transaction(async (transaction) => {
    await transaction.insert(schema.learners).values({ id: learnerId });
    await transaction.insert(schema.sessions).values({
      tokenHash: hashOf(token),
      learnerId,
      expiresAt: new Date(now.getTime() + SESSION_SECONDS * 1000),
    });
  });
  return { session: { learnerId }, token };
}

/** The value of a cookie in a Cookie header. */
export function cookieValue(header: string | null | undefined, name: string): string | undefined {
  for (const part of (header ?? "").split(";")) {
    const equals = part.indexOf("=");
    if (equals !== -1 && part.slice(0, equals).trim() === name)
      return decodeURIComponent(part.slice(equals + 1).trim());
  }
  return undefined;
}
