/** What the shell's own objects are made of. */
import { type Doc, isArray, isDoc } from "../data/bson.ts";
import type { Client } from "./client.ts";
import {
  errorValue,
  fromValue,
  type HostObject,
  type Scalar,
  ScriptFunction,
  ScriptObject,
  ScriptThrow,
  type ScriptValue,
  toDoc,
} from "./values.ts";

export interface Shell {
  readonly client: Client;
  readonly legacy: boolean;
  database: string;
  readonly objectId: () => Scalar;
  readonly print: (text: string) => Promise<void>;
  readonly call: (callee: ScriptValue, args: readonly ScriptValue[]) => Promise<ScriptValue>;
  /** What `it` goes on with. */
  more: HostObject | undefined;
  readonly hostName: string;
}

export type Native = (...args: readonly ScriptValue[]) => Promise<ScriptValue> | ScriptValue;
export const fn = (name: string, run: Native) => new ScriptFunction(name, (args) => run(...args));

/** An object whose members are functions; an unknown one is undefined, or what `otherwise` says. */
export function host(
  label: string,
  members: Readonly<Record<string, Native>>,
  otherwise: (name: string) => ScriptValue = () => undefined,
): HostObject {
  return {
    host: label,
    get: (name) => {
      const member = Object.hasOwn(members, name) ? members[name] : undefined;
      return member === undefined ? otherwise(name) : fn(name, member);
    },
  };
}

export const option = (options: ScriptValue, name: string): ScriptValue =>
  options instanceof ScriptObject ? options.fields.get(name) : undefined;
export const writeConcern = (options: ScriptValue): Doc => {
  const given = option(options, "writeConcern");
  return given === undefined ? {} : { writeConcern: toDoc(given) };
};

/** Throws what the driver throws for errors inside of an answer that is ok. */
export function checked(answer: Doc, bulk = false): Doc {
  const errors = answer["writeErrors"];
  if (isArray(errors) && isDoc(errors[0])) {
    const { code, errmsg } = errors[0];
    throw new ScriptThrow(
      errorValue(bulk ? "MongoBulkWriteError" : "MongoServerError", String(errmsg), { code: fromValue(code) }),
    );
  }
  const concern = answer["writeConcernError"];
  if (isDoc(concern)) {
    throw new ScriptThrow(
      errorValue("MongoWriteConcernError", String(concern["errmsg"]), {
        code: fromValue(concern["code"]),
        codeName: fromValue(concern["codeName"]),
        errInfo: fromValue(concern["errInfo"]),
      }),
    );
  }
  return answer;
}

/** What MongoDB's shell has and this one has not. */
export function unserved(what: string): never {
  throw new ScriptThrow(errorValue("Error", `${what} is not supported here`));
}
