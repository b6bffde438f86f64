/** What the shell puts before people: db, its collections and cursors. */
import { type Doc, isArray, isDoc, type Value } from "../data/bson.ts";
import { inspect, legacyJson } from "./format.ts";
import { checked, fn, host, type Native, option, type Shell, unserved, writeConcern } from "./native.ts";
import { printLag } from "./replica-api.ts";
import {
  errorValue,
  fromValue,
  type HostObject,
  ScriptObject,
  ScriptThrow,
  type ScriptValue,
  toDoc,
  toNumber,
  toText,
  toValue,
  truthy,
  typeError,
} from "./values.ts";

// -------------------------------------------------------------------------------------------------------------- cursors

class Cursor implements HostObject {
  readonly host = "Cursor";
  readonly #shell: Shell;
  readonly #run: (options: Doc) => Promise<readonly Value[]>;
  #options: { [name: string]: Value } = {};
  #docs: ScriptValue[] | undefined;
  #at = 0;

  constructor(shell: Shell, run: (options: Doc) => Promise<readonly Value[]>) {
    this.#shell = shell;
    this.#run = run;
  }

  async #all(): Promise<ScriptValue[]> {
    this.#docs ??= (await this.#run(this.#options)).map(fromValue);
    return this.#docs;
  }

  async #rest(): Promise<ScriptValue[]> {
    const all = await this.#all();
    const rest = all.slice(this.#at);
    this.#at = all.length;
    return rest;
  }

  #with(name: string, value: Value): this {
    this.#options = { ...this.#options, [name]: value };
    return this;
  }

  get(name: string): ScriptValue {
    const members: Readonly<Record<string, Native>> = {
      sort: (order) => this.#with("sort", toDoc(order)),
      limit: (count) => this.#with("limit", toNumber(count)),
      skip: (count) => this.#with("skip", toNumber(count)),
      projection: (fields) => this.#with("projection", toDoc(fields)),
      pretty: () => this,
      readPref: (mode) => {
        this.#shell.client.readPreference = toText(mode);
        return this;
      },
      hint: () => this,
      batchSize: () => this,
      maxTimeMS: () => this,
      toArray: () => this.#rest(),
      count: async () => (await this.#all()).length,
      size: async () => (await this.#all()).length,
      itcount: async () => (await this.#rest()).length,
      hasNext: async () => (await this.#all()).length > this.#at,
      next: async () => {
        const all = await this.#all();
        if (this.#at >= all.length) return null;
        return all[this.#at++];
      },
      forEach: async (callback) => {
        for (const doc of await this.#rest()) await this.#shell.call(callback, [doc]);
        return undefined;
      },
      map: async (callback) => {
        const result: ScriptValue[] = [];
        for (const doc of await this.#rest()) result.push(await this.#shell.call(callback, [doc]));
        return result;
      },
      close: () => undefined,
    };
    return Object.hasOwn(members, name) && members[name] !== undefined ? fn(name, members[name]) : undefined;
  }

  async *iterate(): AsyncGenerator<ScriptValue> {
    yield* await this.#rest();
  }

  async show(): Promise<string> {
    const all = await this.#all();
    const batch = all.slice(this.#at, this.#at + 20);
    this.#at += batch.length;
    const more = all.length > this.#at;
    this.#shell.more = more ? this : undefined;
    if (this.#shell.legacy)
      return [...batch.map((doc) => legacyJson(doc, true)), ...(more ? ['Type "it" for more'] : [])].join("\n");
    if (batch.length === 0) return "";
    return inspect(batch) + (more ? '\nType "it" for more' : "");
  }
}

// ---------------------------------------------------------------------------------------------------------- collections

function indexName(key: Doc): string {
  return Object.entries(key)
    .map(([path, way]) => `${path}_${String(way)}`)
    .join("_");
}

function collection(shell: Shell, db: string, name: string): HostObject {
  const { client, legacy } = shell;
  const run = (command: Doc) => client.command(db, command);
  const docsOf = (answer: Doc) => (isDoc(answer["cursor"]) ? (answer["cursor"]["firstBatch"] as readonly Value[]) : []);
  const find = (filter: ScriptValue, fields: ScriptValue) =>
    new Cursor(shell, async (options) =>
      docsOf(
        await run({
          find: name,
          filter: toDoc(filter),
          ...(fields === undefined || fields === null ? {} : { projection: toDoc(fields) }),
          ...options,
        }),
      ),
    );
  const withId = (given: ScriptValue) => {
    if (!(given instanceof ScriptObject)) throw typeError("a document is wanted");
    if (!given.fields.has("_id")) {
      const copy = new ScriptObject([["_id", shell.objectId()], ...given.fields]);
      return copy;
    }
    return given;
  };
  const update = async (
    filter: ScriptValue,
    change: ScriptValue,
    options: ScriptValue,
    multi: boolean,
    replace = false,
  ) => {
    const document = toValue(change);
    const first = isDoc(document) ? Object.keys(document)[0] : "$";
    if (!replace && first?.startsWith("$") !== true)
      throw new ScriptThrow(errorValue("MongoInvalidArgumentError", "Update document requires atomic operators"));
    if (replace && first?.startsWith("$") === true)
      throw new ScriptThrow(
        errorValue("MongoInvalidArgumentError", "Replacement document must not contain atomic operators"),
      );
    const upsert = truthy(option(options, "upsert"));
    const filters = option(options, "arrayFilters");
    const one = {
      q: toDoc(filter),
      u: document,
      multi,
      upsert,
      ...(filters === undefined ? {} : { arrayFilters: toValue(filters) }),
    };
    const answer = checked(await run({ update: name, updates: [one], ...writeConcern(options) }));
    const upserted = isArray(answer["upserted"]) ? (answer["upserted"] as readonly Doc[]) : [];
    const matched = Number(answer["n"]) - upserted.length;
    const common: [string, ScriptValue][] = [["acknowledged", true]];
    if (!legacy) common.push(["insertedId", upserted[0] === undefined ? null : fromValue(upserted[0]["_id"])]);
    common.push(["matchedCount", matched], ["modifiedCount", Number(answer["nModified"])]);
    if (!legacy) common.push(["upsertedCount", upserted.length]);
    else if (upserted[0] !== undefined) common.push(["upsertedId", fromValue(upserted[0]["_id"])]);
    return new ScriptObject(common);
  };
  const remove = async (filter: ScriptValue, options: ScriptValue, limit: number) => {
    const answer = checked(
      await run({ delete: name, deletes: [{ q: toDoc(filter), limit }], ...writeConcern(options) }),
    );
    return new ScriptObject([
      ["acknowledged", true],
      ["deletedCount", Number(answer["n"])],
    ]);
  };
  const insertMany = async (docs: ScriptValue, options: ScriptValue) => {
    if (!Array.isArray(docs))
      throw new ScriptThrow(errorValue("MongoInvalidArgumentError", 'Argument "docs" must be an array of documents'));
    const all = docs.map(withId);
    const ordered = option(options, "ordered") !== false;
    checked(await run({ insert: name, documents: all.map(toDoc), ordered, ...writeConcern(options) }), true);
    const ids = all.map((doc) => doc.fields.get("_id"));
    return new ScriptObject([
      ["acknowledged", true],
      ["insertedIds", legacy ? ids : new ScriptObject(ids.map((id, index) => [String(index), id] as const))],
    ]);
  };
  const insertOne = async (doc: ScriptValue, options: ScriptValue) => {
    const one = withId(doc);
    checked(await run({ insert: name, documents: [toDoc(one)], ...writeConcern(options) }));
    return new ScriptObject([
      ["acknowledged", true],
      ["insertedId", one.fields.get("_id")],
    ]);
  };
  const findAndModify = async (fields: Doc, options: ScriptValue) => {
    const sort = option(options, "sort");
    const projection = option(options, "projection");
    const answer = await run({
      findAndModify: name,
      ...fields,
      ...(sort === undefined ? {} : { sort: toDoc(sort) }),
      ...(projection === undefined ? {} : { fields: toDoc(projection) }),
      ...(truthy(option(options, "upsert")) ? { upsert: true } : {}),
      ...(option(options, "returnDocument") === "after" ||
      option(options, "returnNewDocument") === true ||
      option(options, "new") === true
        ? { new: true }
        : {}),
      ...writeConcern(options),
    });
    return fromValue(checked(answer)["value"]);
  };
  const count = async (filter: ScriptValue, options?: ScriptValue) =>
    Number(
      (
        await run({
          count: name,
          query: toDoc(filter),
          ...(option(options, "limit") === undefined ? {} : { limit: toNumber(option(options, "limit")) }),
        })
      )["n"],
    );
  const createIndex = async (key: ScriptValue, options: ScriptValue) => {
    const given = toDoc(options);
    const keyDoc = toDoc(key);
    const index: Doc = {
      key: keyDoc,
      name: typeof given["name"] === "string" ? given["name"] : indexName(keyDoc),
      ...given,
    };
    const answer = checked(await run({ createIndexes: name, indexes: [index] }));
    return legacy ? fromValue(answer) : toText(index["name"] as string);
  };
  const label = `${db}.${name}`;
  return {
    ...host(
      label,
      {
        find,
        findOne: async (filter, fields) =>
          fromValue(
            docsOf(
              await run({
                find: name,
                filter: toDoc(filter),
                limit: 1,
                ...(fields === undefined ? {} : { projection: toDoc(fields) }),
              }),
            )[0] ?? null,
          ),
        insertOne,
        insertMany,
        insert: async (docs, options) => {
          const result = Array.isArray(docs)
            ? await insertMany(docs, options)
            : await insertMany([docs ?? null], options);
          if (!legacy) return result;
          const n = Array.isArray(docs) ? docs.length : 1;
          return {
            host: `WriteResult({ "nInserted" : ${n} })`,
            get: (field: string) => (field === "nInserted" ? n : undefined),
          };
        },
        updateOne: (filter, change, options) => update(filter, change, options, false),
        updateMany: (filter, change, options) => update(filter, change, options, true),
        replaceOne: (filter, change, options) => update(filter, change, options, false, true),
        deleteOne: (filter, options) => remove(filter, options, 1),
        deleteMany: (filter, options) => remove(filter, options, 0),
        remove: (filter, one) => remove(filter, undefined, truthy(one) ? 1 : 0),
        countDocuments: (filter, options) => count(filter, options),
        count: (filter) => count(filter),
        estimatedDocumentCount: () => count(undefined),
        distinct: async (key, filter) =>
          fromValue((await run({ distinct: name, key: toText(key), query: toDoc(filter) }))["values"]),
        aggregate: (...stages) => {
          const pipeline = Array.isArray(stages[0]) ? stages[0] : stages;
          return new Cursor(shell, async () =>
            docsOf(await run({ aggregate: name, pipeline: pipeline.map((one) => toValue(one)), cursor: {} })),
          );
        },
        findOneAndUpdate: (filter, change, options) =>
          findAndModify({ query: toDoc(filter), update: toValue(change) }, options),
        findOneAndReplace: (filter, change, options) =>
          findAndModify({ query: toDoc(filter), update: toValue(change) }, options),
        findOneAndDelete: (filter, options) => findAndModify({ query: toDoc(filter), remove: true }, options),
        findAndModify: (options) =>
          findAndModify(
            {
              query: toDoc(option(options, "query")),
              ...(truthy(option(options, "remove"))
                ? { remove: true }
                : { update: toValue(option(options, "update")) }),
            },
            options,
          ),
        createIndex,
        ensureIndex: createIndex,
        createIndexes: async (keys, options) => {
          const names: ScriptValue[] = [];
          for (const key of Array.isArray(keys) ? keys : []) names.push(await createIndex(key, options));
          return names;
        },
        getIndexes: async () => fromValue(docsOf(await run({ listIndexes: name }))),
        dropIndex: async (index) => fromValue(await run({ dropIndexes: name, index: toValue(index) })),
        dropIndexes: async () => fromValue(await run({ dropIndexes: name, index: "*" })),
        drop: async () => {
          const answer = await client.command(db, { drop: name }, true);
          if (answer["ok"] === 1) return true;
          if (answer["code"] === 26) return !legacy;
          throw new ScriptThrow(
            errorValue("MongoServerError", String(answer["errmsg"]), { codeName: fromValue(answer["codeName"]) }),
          );
        },
        stats: async () => fromValue(await run({ collStats: name })),
        getName: () => name,
        getFullName: () => label,
      },
      (member) =>
        UNSERVED.has(member)
          ? fn(member, () => unserved(`${label}.${member}()`))
          : collection(shell, db, `${name}.${member}`),
    ),
    show: () => label,
  };
}

const UNSERVED = new Set([
  "bulkWrite",
  "watch",
  "explain",
  "mapReduce",
  "renameCollection",
  "validate",
  "getShardDistribution",
  "initializeOrderedBulkOp",
  "initializeUnorderedBulkOp",
  "latencyStats",
  "reIndex",
  "convertToCapped",
]);

// ------------------------------------------------------------------------------------------------------------ databases

export function database(shell: Shell, name: string): HostObject {
  const { client, legacy } = shell;
  const command = (value: ScriptValue): Doc => (typeof value === "string" ? { [value]: 1 } : toDoc(value));
  const run = async (db: string, doc: Doc) => fromValue(await client.command(db, doc, legacy));
  const names = async () => {
    const answer = await client.command(name, { listCollections: 1, nameOnly: true });
    const batch = isDoc(answer["cursor"]) ? (answer["cursor"]["firstBatch"] as readonly Doc[]) : [];
    return batch.map((one) => String(one["name"]));
  };
  const ok = async (doc: Doc, db = name) => fromValue(await client.command(db, doc));
  return {
    ...host(
      name,
      {
        getName: () => name,
        getCollection: (one) => collection(shell, name, toText(one)),
        getSiblingDB: (one) => database(shell, toText(one)),
        getCollectionNames: names,
        getCollectionInfos: async () => {
          const answer = await client.command(name, { listCollections: 1 });
          return fromValue(isDoc(answer["cursor"]) ? answer["cursor"]["firstBatch"] : []);
        },
        runCommand: (value) => run(name, command(value)),
        adminCommand: (value) => run("admin", command(value)),
        createCollection: (one, options) => ok({ create: toText(one), ...toDoc(options) }),
        dropDatabase: () => ok({ dropDatabase: 1 }),
        hello: () => ok({ hello: 1 }),
        isMaster: () => ok({ isMaster: 1 }),
        version: async () => fromValue((await client.command("admin", { buildInfo: 1 }))["version"]),
        serverBuildInfo: () => ok({ buildInfo: 1 }, "admin"),
        serverStatus: () => ok({ serverStatus: 1 }),
        stats: () => ok({ dbStats: 1 }),
        getUsers: () => ok({ usersInfo: 1 }),
        createUser: async (user) => {
          const { user: userName, ...rest } = toDoc(user);
          checked(await client.command(name, { createUser: userName ?? null, ...rest }));
          if (!legacy) return new ScriptObject([["ok", 1]]);
          const { pwd: _secret, ...shown } = toDoc(user);
          return { host: `Successfully added user: ${legacyJson(fromValue(shown), false)}`, get: () => undefined };
        },
        dropUser: (user) => ok({ dropUser: toText(user) }),
        auth: async (user, password) => {
          await client.authenticate(toText(user), toText(password), name);
          return legacy ? 1 : new ScriptObject([["ok", 1]]);
        },
        shutdownServer: () => ok({ shutdown: 1 }, "admin"),
        getMongo: () => mongo(shell),
        setSecondaryOk: () => {
          client.readPreference = "primaryPreferred";
          return undefined;
        },
        printSecondaryReplicationInfo: () => printLag(shell),
        printSlaveReplicationInfo: () => printLag(shell),
        printCollectionStats: () => unserved("db.printCollectionStats()"),
        aggregate: () => unserved("db.aggregate()"),
        currentOp: () => unserved("db.currentOp()"),
        killOp: () => unserved("db.killOp()"),
        watch: () => unserved("db.watch()"),
        printReplicationInfo: () => unserved("db.printReplicationInfo()"),
      },
      (member) => collection(shell, name, member),
    ),
    show: () => name,
  };
}

function mongo(shell: Shell): HostObject {
  const { client } = shell;
  return host(`mongodb://${client.address}/?directConnection=${client.direct}`, {
    setReadPref: (mode) => {
      client.readPreference = toText(mode);
      return undefined;
    },
    getReadPrefMode: () => client.readPreference,
    setSecondaryOk: () => {
      client.readPreference = "primaryPreferred";
      return undefined;
    },
    setSlaveOk: () => {
      client.readPreference = "primaryPreferred";
      return undefined;
    },
    getDB: (name) => database(shell, toText(name)),
    getDBNames: async () => {
      const { databases } = await client.command("admin", { listDatabases: 1 });
      return (databases as readonly Doc[]).map((one) => String(one["name"]));
    },
    startSession: () => unserved("startSession()"),
  });
}
