/** mongodump and mongorestore: a directory a database, a file of documents and one of indexes a collection. */
import { isErrno, type Process } from "../../../machine/index.ts";
import { type Doc, isDoc } from "../data/bson.ts";
import { readTarget } from "./cli.ts";
import { Client, ConnectError } from "./client.ts";
import { ScriptThrow } from "./values.ts";

const BATCH = 100;

interface Options {
  readonly client: Client;
  readonly flags: ReadonlyMap<string, string>;
  readonly words: readonly string[];
}

const SHORT: Readonly<Record<string, string>> = {
  d: "db",
  c: "collection",
  o: "out",
  h: "host",
  u: "username",
  p: "password",
};
const VALUED = new Set([
  "db",
  "collection",
  "out",
  "host",
  "port",
  "username",
  "password",
  "authenticationDatabase",
  "uri",
]);
const PLAIN = new Set(["drop", "quiet"]);

/** Throws an Error with what is wrong. */
function readOptions(process: Process): Options {
  const flags = new Map<string, string>();
  const words: string[] = [];
  const args = process.argv.slice(1);
  for (let index = 0; index < args.length; index++) {
    const match = /^(?:--([\w-]+)|-(\w))(?:=(.*))?$/s.exec(args[index] ?? "");
    if (match === null) {
      words.push(args[index] ?? "");
      continue;
    }
    const name = match[1] ?? SHORT[match[2] ?? ""] ?? match[2] ?? "";
    if (VALUED.has(name)) flags.set(name, match[3] ?? args[++index] ?? "");
    else if (PLAIN.has(name)) flags.set(name, "true");
    else throw new Error(`error parsing command line options: --${name} is not supported here`);
  }
  const target = readTarget(flags.get("uri"), flags);
  return { client: new Client(process, target), flags, words };
}

async function running(
  process: Process,
  run: (options: Options, say: (text: string) => Promise<void>) => Promise<number>,
): Promise<number> {
  const say = (text: string) =>
    process.stderr.write(`${new Date(process.clock.now()).toISOString().replace("Z", "+0000")}\t${text}\n`);
  let options: Options;
  try {
    options = readOptions(process);
  } catch (problem) {
    if (!(problem instanceof Error)) throw problem;
    await say(problem.message);
    return 1;
  }
  try {
    await options.client.connect();
    return await run(options, say);
  } catch (problem) {
    if (
      problem instanceof ConnectError ||
      problem instanceof ScriptThrow ||
      (isErrno(problem) && !process.signal.aborted)
    ) {
      await say(`Failed: ${problem.message}`);
      return 1;
    }
    throw problem;
  } finally {
    options.client.close();
  }
}

const batchOf = (answer: Doc): readonly Doc[] =>
  isDoc(answer["cursor"]) ? (answer["cursor"]["firstBatch"] as readonly Doc[]) : [];

export function mongodump(process: Process): Promise<number> {
  return running(process, async ({ client, flags, words }, say) => {
    const { files } = process;
    if (words.length > 0) throw new ConnectError("positional arguments not allowed");
    const out = flags.get("out") ?? "dump";
    client.readPreference = "primaryPreferred";
    const { databases } = await client.command("admin", { listDatabases: 1 });
    const wanted = flags.get("db");
    const names = (databases as readonly Doc[])
      .map(({ name }) => String(name))
      .filter((name) => (wanted === undefined ? !["local", "config"].includes(name) : name === wanted));
    for (const db of names) {
      for (const { name: given } of batchOf(await client.command(db, { listCollections: 1 }))) {
        const name = String(given);
        if (flags.has("collection") && flags.get("collection") !== name) continue;
        const path = `${out}/${db}/${name}`;
        files.makeDirectory(`${out}/${db}`, { recursive: true });
        await say(`writing ${db}.${name} to ${path}.bson`);
        const docs = batchOf(await client.command(db, { find: name }));
        await process.spend(docs.length * 10);
        files.writeFile(`${path}.bson`, docs.map((doc) => `${JSON.stringify(doc)}\n`).join(""));
        const indexes = batchOf(await client.command(db, { listIndexes: name }));
        files.writeFile(`${path}.metadata.json`, JSON.stringify({ indexes, collectionName: name, type: "collection" }));
        await say(`done dumping ${db}.${name} (${docs.length} document${docs.length === 1 ? "" : "s"})`);
      }
    }
    return 0;
  });
}

export function mongorestore(process: Process): Promise<number> {
  return running(process, async ({ client, flags, words }, say) => {
    const { files } = process;
    const from = words[0] ?? "dump";
    if (!files.exists(from)) throw new ConnectError(`file ${from} does not exist`);
    await say("preparing collections to restore from");
    let restored = 0;
    let failed = 0;
    for (const { name: db, type } of files.list(from)) {
      if (type !== "directory" || (flags.has("db") && flags.get("db") !== db)) continue;
      for (const { name: file } of files.list(`${from}/${db}`)) {
        const name = /^(.+)\.bson$/.exec(file)?.[1];
        if (name === undefined || (flags.has("collection") && flags.get("collection") !== name)) continue;
        const path = `${from}/${db}/${name}`;
        if (flags.has("drop")) await client.command(db, { drop: name }, true);
        await say(`restoring ${db}.${name} from ${path}.bson`);
        const docs = files
          .readText(`${path}.bson`)
          .split("\n")
          .filter(Boolean)
          .map((line) => JSON.parse(line) as Doc);
        let errors = 0;
        for (let at = 0; at < docs.length; at += BATCH) {
          await process.spend(BATCH * 10);
          const answer = await client.command(db, {
            insert: name,
            documents: docs.slice(at, at + BATCH),
            ordered: false,
          });
          errors += Array.isArray(answer["writeErrors"]) ? answer["writeErrors"].length : 0;
        }
        if (files.exists(`${path}.metadata.json`)) {
          const { indexes } = JSON.parse(files.readText(`${path}.metadata.json`)) as {
            readonly indexes: readonly Doc[];
          };
          const more = indexes.filter((index) => index["name"] !== "_id_");
          if (more.length > 0) await client.command(db, { createIndexes: name, indexes: more });
        }
        await say(
          `finished restoring ${db}.${name} (${docs.length - errors} document${docs.length - errors === 1 ? "" : "s"}, ${errors} failure${errors === 1 ? "" : "s"})`,
        );
        restored += docs.length - errors;
        failed += errors;
      }
    }
    await say(`${restored} document(s) restored successfully. ${failed} document(s) failed to restore.`);
    return 0;
  });
}
