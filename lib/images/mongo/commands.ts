/** What clients ask of databases and collections. */
import type { Process } from "../../machine/index.ts";
import { aggregate } from "./data/aggregate.ts";
import {
  badValue,
  type Doc,
  equal,
  getPath,
  isArray,
  isDoc,
  isPlain,
  keyOf,
  MongoError,
  numberOf,
  objectId,
  typeMismatch,
  type Value,
  valuesAt,
} from "./data/bson.ts";
import { matcher } from "./data/match.ts";
import { applyUpdate, project, sorted, upsertBase } from "./data/update.ts";
import type { Change, Index, OpTime, Store } from "./store.ts";

export interface CommandContext {
  readonly process: Process;
  readonly store: Store;
  readonly db: string;
  /** Takes a change into history (and on to other members). */
  readonly commit: (change: Change) => OpTime | undefined;
}

type Command = (context: CommandContext, command: Doc) => Promise<Doc> | Doc;

function namespace({ db }: CommandContext, command: Doc): string {
  const [first] = Object.entries(command);
  const name = first?.[1];
  if (typeof name !== "string" || name === "")
    throw new MongoError(73, "InvalidNamespace", `collection name has invalid type ${typeof name}`);
  if (name.includes("$")) throw new MongoError(73, "InvalidNamespace", `Invalid collection name: ${name}`);
  return `${db}.${name}`;
}

const docOf = (value: Value | undefined): Doc => (isDoc(value) ? value : {});

/** The documents a filter means, the quick way where it names one by _id. */
async function select({ process, store }: CommandContext, ns: string, filter: Doc): Promise<Doc[]> {
  const id = filter["_id"];
  const byId =
    id !== undefined && !(isPlain(id) && Object.keys(id)[0]?.startsWith("$") === true) && !isArray(id) ? id : undefined;
  const found = byId === undefined || (isDoc(byId) && "$regularExpression" in byId) ? undefined : store.get(ns, byId);
  const candidates =
    byId === undefined || (isDoc(byId) && "$regularExpression" in byId)
      ? store.docs(ns)
      : found === undefined
        ? []
        : [found];
  const test = matcher(filter);
  const result: Doc[] = [];
  for (const doc of candidates) {
    await process.spend(5);
    if (alive(store, ns, doc, process.clock.now()) && test(doc)) result.push(doc);
  }
  return result;
}

/** TTL indexes: what is over is not there any more, whenever the monitor comes by. */
function alive(store: Store, ns: string, doc: Doc, now: number): boolean {
  for (const { key, expireAfterSeconds } of store.collections.get(ns)?.indexes ?? []) {
    if (expireAfterSeconds === undefined) continue;
    const value = getPath(doc, Object.keys(key)[0] ?? "");
    if (isDoc(value) && typeof value["$date"] === "number" && value["$date"] + expireAfterSeconds * 1000 <= now)
      return false;
  }
  return true;
}

function cursor(ns: string, docs: readonly Doc[]): Doc {
  return { cursor: { firstBatch: docs, id: 0, ns } };
}

async function find(context: CommandContext, command: Doc): Promise<Doc> {
  const ns = namespace(context, command);
  let docs = await select(context, ns, docOf(command["filter"]));
  await context.process.spend(docs.length);
  if (isDoc(command["sort"])) docs = sorted(docs, command["sort"]);
  const skip = numberOf(command["skip"]) ?? 0;
  const limit = Math.abs(numberOf(command["limit"]) ?? 0);
  docs = docs.slice(skip, limit === 0 ? undefined : skip + limit);
  const projection = docOf(command["projection"]);
  if (Object.keys(projection).length > 0) docs = docs.map((doc) => project(doc, projection));
  return cursor(ns, docs);
}

/** Its size, roughly. Throws where it cannot be stored. */
function checkDocument(doc: Doc): number {
  for (const key of Object.keys(doc)) {
    if (key.startsWith("$"))
      throw new MongoError(
        52,
        "DollarPrefixedFieldName",
        `The dollar ($) prefixed field '${key}' in '${key}' is not valid for storage.`,
      );
  }
  if (isArray(doc["_id"])) throw new MongoError(53, "InvalidIdField", "The '_id' value cannot be of type array");
  const size = JSON.stringify(doc).length;
  if (size > 16 * 1024 * 1024) throw new MongoError(10334, "BSONObjectTooLarge", "object to insert too large");
  return size;
}

interface WriteError {
  readonly index: number;
  readonly error: MongoError;
}

function writeErrors(errors: readonly WriteError[]): Doc {
  if (errors.length === 0) return {};
  return {
    writeErrors: errors.map(({ index, error }) => ({ index, code: error.code, errmsg: error.message, ...error.info })),
  };
}

/** Runs over a list; where `ordered`, the first failure ends it. */
async function each(
  items: readonly Value[],
  ordered: boolean,
  run: (item: Doc, index: number) => Promise<void>,
): Promise<WriteError[]> {
  const errors: WriteError[] = [];
  for (const [index, item] of items.entries()) {
    try {
      await run(docOf(item), index);
    } catch (error) {
      if (!(error instanceof MongoError)) throw error;
      errors.push({ index, error });
      if (ordered) break;
    }
  }
  return errors;
}

async function insert(context: CommandContext, command: Doc): Promise<Doc> {
  const ns = namespace(context, command);
  const { documents } = command;
  if (!isArray(documents))
    throw new MongoError(40414, "Location40414", "BSON field 'insert.documents' is missing but a required field");
  let n = 0;
  const errors = await each(documents, command["ordered"] !== false, async (given) => {
    await context.process.spend(50);
    const { clock } = context.process;
    const doc = given["_id"] === undefined ? { _id: objectId(clock.now(), () => clock.random()), ...given } : given;
    await context.process.spend(checkDocument(doc) / 50);
    context.store.checkUnique(ns, doc, false);
    context.commit({ op: "i", ns, doc });
    n++;
  });
  return { n, ...writeErrors(errors) };
}

async function update(context: CommandContext, command: Doc): Promise<Doc> {
  const ns = namespace(context, command);
  let n = 0;
  let nModified = 0;
  const upserted: Doc[] = [];
  const { clock } = context.process;
  const errors = await each(
    isArray(command["updates"]) ? command["updates"] : [],
    command["ordered"] !== false,
    async (one, index) => {
      if (one["arrayFilters"] !== undefined)
        throw new MongoError(9, "FailedToParse", "arrayFilters are not supported here");
      const filter = docOf(one["q"]);
      const found = await select(context, ns, filter);
      const change = one["u"] ?? {};
      const isReplacement = isDoc(change) && Object.keys(change)[0]?.startsWith("$") !== true;
      if (one["multi"] === true && isReplacement)
        throw new MongoError(9, "FailedToParse", "multi update is not supported for replacement-style update");
      for (const doc of one["multi"] === true ? found : found.slice(0, 1)) {
        const next = applyUpdate(doc, change, { now: clock.now(), inserting: false });
        n++;
        if (equal(next, doc)) continue;
        checkDocument(next);
        context.store.checkUnique(ns, next, true);
        context.commit({ op: "u", ns, doc: next });
        nModified++;
      }
      if (found.length > 0 || one["upsert"] !== true) return;
      const made = applyUpdate(upsertBase(filter), change, { now: clock.now(), inserting: true });
      const doc = made["_id"] === undefined ? { _id: objectId(clock.now(), () => clock.random()), ...made } : made;
      checkDocument(doc);
      context.store.checkUnique(ns, doc, false);
      context.commit({ op: "i", ns, doc });
      n++;
      upserted.push({ index, _id: doc["_id"] ?? null });
    },
  );
  return { n, nModified, ...(upserted.length > 0 ? { upserted } : {}), ...writeErrors(errors) };
}

async function remove(context: CommandContext, command: Doc): Promise<Doc> {
  const ns = namespace(context, command);
  let n = 0;
  const errors = await each(
    isArray(command["deletes"]) ? command["deletes"] : [],
    command["ordered"] !== false,
    async (one) => {
      const found = await select(context, ns, docOf(one["q"]));
      for (const doc of numberOf(one["limit"]) === 1 ? found.slice(0, 1) : found) {
        context.commit({ op: "d", ns, id: doc["_id"] ?? null });
        n++;
      }
    },
  );
  return { n, ...writeErrors(errors) };
}

async function findAndModify(context: CommandContext, command: Doc): Promise<Doc> {
  const ns = namespace(context, command);
  const filter = docOf(command["query"]);
  const all = await select(context, ns, filter);
  const [doc] = isDoc(command["sort"]) ? sorted(all, command["sort"]) : all;
  const shown = (value: Doc | undefined) =>
    value === undefined
      ? null
      : isDoc(command["fields"]) && Object.keys(command["fields"]).length > 0
        ? project(value, command["fields"])
        : value;
  if (command["remove"] === true) {
    if (doc !== undefined) context.commit({ op: "d", ns, id: doc["_id"] ?? null });
    return { lastErrorObject: { n: doc === undefined ? 0 : 1 }, value: shown(doc) };
  }
  const { clock } = context.process;
  if (doc === undefined && command["upsert"] !== true)
    return { lastErrorObject: { n: 0, updatedExisting: false }, value: null };
  const made = applyUpdate(doc ?? upsertBase(filter), command["update"] ?? {}, {
    now: clock.now(),
    inserting: doc === undefined,
  });
  const next = made["_id"] === undefined ? { _id: objectId(clock.now(), () => clock.random()), ...made } : made;
  checkDocument(next);
  context.store.checkUnique(ns, next, doc !== undefined);
  context.commit({ op: doc === undefined ? "i" : "u", ns, doc: next });
  return {
    lastErrorObject: { n: 1, updatedExisting: doc !== undefined },
    value: shown(command["new"] === true ? next : doc),
  };
}

async function count(context: CommandContext, command: Doc): Promise<Doc> {
  const docs = await select(context, namespace(context, command), docOf(command["query"]));
  const skip = numberOf(command["skip"]) ?? 0;
  const limit = numberOf(command["limit"]) ?? 0;
  return { n: docs.slice(skip, limit === 0 ? undefined : skip + limit).length };
}

async function distinct(context: CommandContext, command: Doc): Promise<Doc> {
  const docs = await select(context, namespace(context, command), docOf(command["query"]));
  const found = new Map<string, Value>();
  for (const doc of docs)
    for (const value of valuesAt(doc, String(command["key"])).flatMap((one) => (isArray(one) ? one : [one])))
      found.set(keyOf(value), value);
  return { values: [...found.values()] };
}

async function runAggregate(context: CommandContext, command: Doc): Promise<Doc> {
  const { pipeline } = command;
  if (!isArray(pipeline)) throw typeMismatch("'pipeline' option must be specified as an array");
  if (typeof command["aggregate"] !== "string")
    throw new MongoError(73, "InvalidNamespace", "database-wide aggregations are not supported here");
  const ns = namespace(context, command);
  const all = await select(context, ns, {});
  await context.process.spend(all.length * pipeline.length);
  const collection = (name: string) => context.store.docs(`${context.db}.${name}`);
  return cursor(ns, aggregate(all, pipeline, { collection }));
}

function createIndexes(context: CommandContext, command: Doc): Doc {
  const ns = namespace(context, command);
  const existed = context.store.collections.get(ns);
  const before = existed?.indexes.length ?? 1;
  for (const given of isArray(command["indexes"]) ? command["indexes"] : []) {
    const { key, name, unique, expireAfterSeconds, ...others } = docOf(given);
    const unknown = Object.keys(others).find((option) => !["v", "background", "sparse", "hidden"].includes(option));
    if (unknown !== undefined) throw badValue(`the index option ${unknown} is not supported here`);
    if (!isDoc(key) || Object.keys(key).length === 0)
      throw new MongoError(67, "CannotCreateIndex", "Must specify a key");
    const strange = Object.values(key).find((kind) => typeof kind === "string");
    if (strange !== undefined)
      throw new MongoError(67, "CannotCreateIndex", `${String(strange)} indexes are not supported here`);
    const index: Index = {
      name:
        typeof name === "string"
          ? name
          : Object.entries(key)
              .map(([path, way]) => `${path}_${String(numberOf(way))}`)
              .join("_"),
      key,
      ...(unique === true ? { unique } : {}),
      ...(numberOf(expireAfterSeconds) === undefined ? {} : { expireAfterSeconds: numberOf(expireAfterSeconds) ?? 0 }),
    };
    if (existed?.indexes.some((one) => one.name === index.name) === true) continue;
    if (index.unique === true) checkDistinct(context.store, ns, index);
    context.commit({ op: "createIndex", ns, index });
  }
  const after = context.store.collections.get(ns)?.indexes.length ?? 1;
  return {
    numIndexesBefore: before,
    numIndexesAfter: after,
    createdCollectionAutomatically: existed === undefined,
    ...(before === after ? { note: "all indexes already exist" } : {}),
  };
}

function checkDistinct(store: Store, ns: string, index: Index): void {
  const seen = new Set<string>();
  for (const doc of store.docs(ns)) {
    const key = Object.keys(index.key)
      .map((path) => keyOf(getPath(doc, path)))
      .join();
    if (seen.has(key)) {
      const values = Object.keys(index.key).map((path) => `${path}: ${JSON.stringify(getPath(doc, path) ?? null)}`);
      throw new MongoError(
        11000,
        "DuplicateKey",
        `Index build failed: E11000 duplicate key error collection: ${ns} index: ${index.name} dup key: { ${values.join(", ")} }`,
      );
    }
    seen.add(key);
  }
}

function collectionsOf({ store, db }: CommandContext): string[] {
  return [...store.collections.keys()]
    .filter((ns) => ns.startsWith(`${db}.`))
    .map((ns) => ns.slice(db.length + 1))
    .sort();
}

/** By name in lower case, with what they do to a database. */
export const DATA_COMMANDS: Readonly<Record<string, { readonly need: "read" | "write"; readonly run: Command }>> = {
  find: { need: "read", run: find },
  count: { need: "read", run: count },
  distinct: { need: "read", run: distinct },
  aggregate: { need: "read", run: runAggregate },
  insert: { need: "write", run: insert },
  update: { need: "write", run: update },
  delete: { need: "write", run: remove },
  findandmodify: { need: "write", run: findAndModify },
  createindexes: { need: "write", run: createIndexes },
  dropindexes: {
    need: "write",
    run: (context, command) => {
      const ns = namespace(context, command);
      const collection = context.store.collections.get(ns);
      if (collection === undefined) throw new MongoError(26, "NamespaceNotFound", `ns not found ${ns}`);
      const wanted = command["index"];
      const nIndexesWas = collection.indexes.length;
      const matches = (index: Index) =>
        wanted === "*" || index.name === wanted || (isDoc(wanted) && equal(index.key, wanted));
      const found = collection.indexes.filter((index) => index.name !== "_id_" && matches(index));
      if (found.length === 0 && wanted !== "*")
        throw new MongoError(27, "IndexNotFound", `index not found with name [${String(wanted)}]`);
      for (const index of found) context.commit({ op: "dropIndex", ns, index });
      return { nIndexesWas };
    },
  },
  listindexes: {
    need: "read",
    run: (context, command) => {
      const ns = namespace(context, command);
      const collection = context.store.collections.get(ns);
      if (collection === undefined) throw new MongoError(26, "NamespaceNotFound", `ns does not exist: ${ns}`);
      return cursor(
        ns,
        collection.indexes.map((index) => ({
          v: 2,
          key: index.key,
          name: index.name,
          ...(index.unique === true ? { unique: true } : {}),
          ...(index.expireAfterSeconds === undefined ? {} : { expireAfterSeconds: index.expireAfterSeconds }),
        })),
      );
    },
  },
  listcollections: {
    need: "read",
    run: (context, command) => {
      const test = matcher(docOf(command["filter"]));
      const all = collectionsOf(context).map((name) => ({
        name,
        type: "collection",
        options: {},
        info: { readOnly: false },
      }));
      const found = all.filter((one) => test(one));
      return cursor(
        `${context.db}.$cmd.listCollections`,
        command["nameOnly"] === true ? found.map(({ name, type }) => ({ name, type })) : found,
      );
    },
  },
  create: {
    need: "write",
    run: (context, command) => {
      const ns = namespace(context, command);
      if (command["capped"] === true || command["viewOn"] !== undefined || command["timeseries"] !== undefined)
        throw badValue("capped collections, views and time series are not supported here");
      if (context.store.collections.has(ns))
        throw new MongoError(48, "NamespaceExists", `Collection ${ns} already exists.`);
      context.commit({ op: "create", ns });
      return {};
    },
  },
  drop: {
    need: "write",
    run: (context, command) => {
      const ns = namespace(context, command);
      const collection = context.store.collections.get(ns);
      if (collection === undefined) throw new MongoError(26, "NamespaceNotFound", "ns not found");
      context.commit({ op: "drop", ns });
      return { nIndexesWas: collection.indexes.length, ns };
    },
  },
  dropdatabase: {
    need: "write",
    run: (context) => {
      const names = collectionsOf(context);
      for (const name of names) context.commit({ op: "drop", ns: `${context.db}.${name}` });
      return names.length === 0 ? {} : { dropped: context.db };
    },
  },
  dbstats: {
    need: "read",
    run: (context) => {
      const names = collectionsOf(context);
      const docs = names.flatMap((name) => context.store.docs(`${context.db}.${name}`));
      const dataSize = docs.reduce((sum, doc) => sum + JSON.stringify(doc).length, 0);
      return {
        db: context.db,
        collections: names.length,
        views: 0,
        objects: docs.length,
        avgObjSize: docs.length === 0 ? 0 : dataSize / docs.length,
        dataSize,
        storageSize: dataSize + names.length * 4096,
        indexes: names.reduce(
          (sum, name) => sum + (context.store.collections.get(`${context.db}.${name}`)?.indexes.length ?? 0),
          0,
        ),
        scaleFactor: 1,
      };
    },
  },
  collstats: {
    need: "read",
    run: (context, command) => {
      const ns = namespace(context, command);
      const docs = context.store.docs(ns);
      return {
        ns,
        count: docs.length,
        size: docs.reduce((sum, doc) => sum + JSON.stringify(doc).length, 0),
        nindexes: context.store.collections.get(ns)?.indexes.length ?? 0,
      };
    },
  },
};
