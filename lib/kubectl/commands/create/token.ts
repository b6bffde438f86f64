/** kubectl create token (k8s.io/kubectl/pkg/cmd/create/create_token.go). */
import type { Command } from "../../command.ts";
import { ApiError, CommandError } from "../../errors.ts";
import { OUTPUT_FLAGS } from "../../flags/common.ts";
import type { Invocation } from "../../invocation.ts";
import { textAt } from "../../object.ts";
import { asStruct } from "../../printers/as-struct.ts";
import { printerFor } from "../../printers/output.ts";
import { nameFromArgs } from "./generate.ts";

/** Kinds a token may be bound to, with their API versions. */
const BOUND: Readonly<Record<string, string>> = { Node: "v1", Pod: "v1", Secret: "v1" };

async function createToken(invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  const name = nameFromArgs(invocation);
  invocation.checkNamespace();
  invocation.checkAccess();
  const printer = printerFor(invocation);
  const [kind, boundName, uid] = ["kind", "name", "uid"].map((part) => flags.string(`bound-object-${part}`));
  if (flags.duration("duration") < 0) throw new CommandError("--duration must be greater than or equal to 0");
  if (flags.duration("duration") % 1000 !== 0)
    throw new CommandError("--duration cannot be expressed in units less than seconds");
  for (const audience of flags.list("audience"))
    if (audience === "") throw new CommandError("--audience must not be an empty string");
  if (kind === undefined || kind === "") {
    if (boundName !== "")
      throw new CommandError("--bound-object-name can only be set if --bound-object-kind is provided");
    if (uid !== "") throw new CommandError("--bound-object-uid can only be set if --bound-object-kind is provided");
  } else {
    if (BOUND[kind] === undefined)
      throw new CommandError(`supported --bound-object-kind values are ${Object.keys(BOUND).join(", ")}`);
    if (boundName === "") throw new CommandError("--bound-object-name is required if --bound-object-kind is provided");
  }
  const rest = await invocation.rest();
  const duration = flags.duration("duration") / 1000;
  const audiences = flags.list("audience");
  let answer: Awaited<ReturnType<typeof rest.json>>;
  try {
    answer = await rest.json(
      "POST",
      `/api/v1/namespaces/${encodeURIComponent(invocation.namespace)}/serviceaccounts/${encodeURIComponent(name)}/token`,
      {
        body: {
          kind: "TokenRequest",
          apiVersion: "authentication.k8s.io/v1",
          metadata: {},
          spec: {
            audiences: audiences.length === 0 ? null : audiences,
            ...(duration > 0 ? { expirationSeconds: duration } : {}),
            ...(kind === undefined || kind === ""
              ? {}
              : {
                  boundObjectRef: {
                    kind,
                    apiVersion: BOUND[kind] ?? "v1",
                    name: boundName ?? "",
                    ...(uid === undefined || uid === "" ? {} : { uid }),
                  },
                }),
          },
        },
      },
    );
  } catch (error) {
    throw error instanceof ApiError ? new CommandError(`failed to create token: ${error.message}`) : error;
  }
  const token = textAt(answer, "status", "token");
  if (token === "") throw new CommandError("failed to create token: no token in server response");
  if (printer !== undefined) return invocation.out(printer(asStruct(answer), true));
  await invocation.out(`${token}${invocation.process.isTerminal(1) ? "\n" : ""}`);
}

export const TOKEN: Command = {
  name: "token",
  short: "Request a service account token",
  arguments: "SERVICE_ACCOUNT_NAME",
  examples: ["kubectl create token robot --duration=10m"],
  completes: "service-account",
  flags: [
    ...OUTPUT_FLAGS,
    { name: "audience", type: "array", usage: "Who the token is for; can be repeated" },
    { name: "bound-object-kind", type: "string", usage: "Kind of the object the token ends with" },
    { name: "bound-object-name", type: "string", usage: "Its name" },
    { name: "bound-object-uid", type: "string", usage: "Its uid" },
    { name: "duration", type: "duration", default: "0s", usage: "How long the token is good; 0: the server's choice" },
  ],
  run: createToken,
};
