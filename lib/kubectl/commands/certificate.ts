/** kubectl certificate (k8s.io/kubectl/pkg/cmd/certificates). */
import { pathOf } from "../client/discovery.ts";
import type { Command } from "../command.ts";
import { CommandError, throwAll } from "../errors.ts";
import { FILE_FLAGS, OUTPUT_FLAGS } from "../flags/common.ts";
import type { FlagDefinition } from "../flags/parse.ts";
import type { Invocation } from "../invocation.ts";
import { clone, isObject, type JsonObject, listAt, nameOf, textAt } from "../object.ts";
import { printerFor, printResult } from "../printers/output.ts";
import { build, fetchAll } from "../resources/builder.ts";

interface Decision {
  readonly type: "Approved" | "Denied";
  readonly against: "Approved" | "Denied";
  readonly reason: string;
  readonly message: string;
  readonly done: string;
}

const FORCE_FLAG: FlagDefinition = {
  name: "force",
  type: "bool",
  usage: "Update the CSR even if it is already decided",
};

async function decide(invocation: Invocation, decision: Decision): Promise<void> {
  const { args, flags } = invocation;
  if (args.length === 0 && flags.list("filename").length === 0 && flags.string("kustomize") === "")
    throw new CommandError("one or more CSRs must be specified as <name> or -f <filename>");
  const print = printerFor(invocation);
  const { targets, errors } = await fetchAll(
    invocation,
    await build(invocation, args.length === 0 ? { args } : { args: ["certificatesigningrequests", ...args] }),
  );
  throwAll(errors);
  const rest = await invocation.rest();
  for (const { object, resource, namespace, name } of targets) {
    const conditions = listAt(object, "status", "conditions").filter(isObject);
    if (conditions.some((condition) => textAt(condition, "type") === decision.against))
      throw new CommandError(`certificate signing request "${nameOf(object)}" is already ${decision.against}`);
    const decided = conditions.some((condition) => textAt(condition, "type") === decision.type);
    let result = object;
    if (!decided || flags.bool("force")) {
      const next = clone(object);
      const status = isObject(next["status"]) ? next["status"] : {};
      const kept = conditions.filter((condition) => textAt(condition, "type") !== decision.type);
      const condition: JsonObject = {
        type: decision.type,
        status: "True",
        reason: decision.reason,
        message: decision.message,
      };
      next["status"] = { ...status, conditions: [...kept, condition] };
      result = await rest.json("PUT", `${pathOf(resource, namespace, name)}/approval`, { body: next });
    }
    await printResult(invocation, result, decision.done, print);
  }
}

const command = (name: string, short: string, decision: Decision): Command => ({
  name,
  short,
  arguments: "(-f FILENAME | NAME)",
  flags: [...FILE_FLAGS, ...OUTPUT_FLAGS, FORCE_FLAG],
  run: (invocation) => decide(invocation, decision),
});

export const CERTIFICATE: Command = {
  name: "certificate",
  short: "Modify certificate resources",
  arguments: "SUBCOMMAND",
  subcommands: [
    command("approve", "Approve a certificate signing request", {
      type: "Approved",
      against: "Denied",
      reason: "KubectlApprove",
      message: "This CSR was approved by kubectl certificate approve.",
      done: "approved",
    }),
    command("deny", "Deny a certificate signing request", {
      type: "Denied",
      against: "Approved",
      reason: "KubectlDeny",
      message: "This CSR was denied by kubectl certificate deny.",
      done: "denied",
    }),
  ],
};
