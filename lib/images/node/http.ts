/** Node's http: servers. */
import { isErrno } from "../../machine/index.ts";
import { type HttpReply, type HttpRequest, handleHttp } from "../kit/http.ts";
import { serve } from "../kit/server.ts";
import {
  errorValue,
  ScriptFunction,
  ScriptObject,
  ScriptThrow,
  type ScriptValue,
  toNumber,
  toText,
} from "../mongo/shell/values.ts";
import type { NodeRuntime } from "./runtime.ts";
import { native, objectOf } from "./script.ts";

/** What a script writes at most into one reply, in characters. */
const MAX_BODY = 8 * 1024 * 1024;

export function httpModule(runtime: NodeRuntime): ScriptObject {
  const refuse = (name: string) => () => {
    throw new ScriptThrow(errorValue("Error", `http.${name} is not supported here`));
  };
  return objectOf({
    createServer: (args) =>
      server(
        runtime,
        args.find((one) => one instanceof ScriptFunction),
      ),
    get: refuse("get"),
    request: refuse("request"),
  });
}

function server(runtime: NodeRuntime, first: ScriptValue): ScriptObject {
  let listener = first;
  let close: (() => void) | undefined;
  let port = 0;
  const made: ScriptObject = objectOf({
    on: ([event, callback]) => {
      if (event !== "request")
        throw new ScriptThrow(errorValue("Error", `server.on('${toText(event)}') is not supported here`));
      listener = callback;
      return made;
    },
    listen: async (args) => {
      const [where] = args;
      port = where instanceof ScriptObject ? toNumber(where.fields.get("port")) : toNumber(where);
      const host = typeof args[1] === "string" ? args[1] : "0.0.0.0";
      try {
        close = serve(
          runtime.process,
          port,
          (connection) => handleHttp(runtime.process, connection, (request) => answer(runtime, listener, request)),
          { address: host === "localhost" ? "127.0.0.1" : host === "::" ? "0.0.0.0" : host },
        );
      } catch (problem) {
        if (!isErrno(problem)) throw problem;
        const why = problem.code === "EADDRINUSE" ? "address already in use" : "permission denied";
        await runtime.fail(
          errorValue("Error", `listen ${problem.code}: ${why} ${host === "0.0.0.0" ? "::" : host}:${port}`),
        );
        return made;
      }
      runtime.hold();
      const callback = args.find((one) => one instanceof ScriptFunction);
      if (callback !== undefined) await runtime.call(callback, []);
      return made;
    },
    close: async ([callback]) => {
      if (close !== undefined) runtime.release();
      close?.();
      close = undefined;
      if (callback !== undefined) await runtime.call(callback, []);
      return made;
    },
    address: () =>
      new ScriptObject([
        ["address", "::"],
        ["family", "IPv6"],
        ["port", port],
      ]),
  });
  return made;
}

/** Resolves when the script has ended its reply. */
function answer(
  runtime: NodeRuntime,
  listener: ScriptValue,
  request: HttpRequest | undefined,
): Promise<HttpReply> | HttpReply {
  if (request === undefined) return { status: 400, headers: { Connection: "close" }, body: "" };
  return new Promise((resolve) => {
    const headers: Record<string, string> = {};
    let body = "";
    const set = (values: ScriptValue) => {
      if (values instanceof ScriptObject) for (const [name, value] of values.fields) headers[name] = toText(value);
    };
    const add = (piece: ScriptValue) => {
      if (piece === undefined || piece === null || piece instanceof ScriptFunction) return;
      body += toText(piece);
      if (body.length > MAX_BODY) throw new ScriptThrow(errorValue("RangeError", "the reply is too long"));
    };
    const reply: ScriptObject = objectOf({
      writeHead: ([status, ...rest]) => {
        reply.fields.set("statusCode", toNumber(status));
        for (const one of rest) set(one);
        return reply;
      },
      setHeader: ([name, value]) => {
        headers[toText(name)] = toText(value);
        return reply;
      },
      getHeader: ([name]) => headers[toText(name)],
      write: ([piece]) => {
        add(piece);
        return true;
      },
      end: ([piece]) => {
        add(piece);
        resolve({ status: toNumber(reply.fields.get("statusCode")), headers, body });
        return reply;
      },
    });
    reply.fields.set("statusCode", 200);
    void runtime.call(listener, [incoming(runtime, request), reply]);
  });
}

function incoming(runtime: NodeRuntime, request: HttpRequest): ScriptObject {
  const socket = new ScriptObject([
    ["remoteAddress", `::ffff:${request.remoteAddress}`],
    ["remotePort", request.remotePort],
  ]);
  const made: ScriptObject = new ScriptObject([
    ["method", request.method],
    ["url", request.target],
    ["httpVersion", request.version.slice(5)],
    ["headers", new ScriptObject(request.headers)],
    ["socket", socket],
    ["connection", socket],
  ]);
  // The body is there when the script is called: its events come as soon as somebody listens.
  const listen = native("on", async ([event, callback]) => {
    const text = new TextDecoder().decode(request.body);
    if (event === "data" && text !== "") await runtime.call(callback, [text]);
    else if (event === "end") await runtime.call(callback, []);
    return made;
  });
  made.fields.set("on", listen);
  return made;
}
