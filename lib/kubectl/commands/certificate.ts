/** kubectl certificate approve and deny (k8s.io/kubectl/pkg/cmd/certificates). */
import { quote } from "../../encoding/index.ts";
import { pathOf } from "../client/discovery.ts";
import type { Command } from "../command.ts";
import { CommandError, isApiError, throwAll } from "../errors.ts";
import { FILE_FLAGS, OUTPUT_FLAGS } from "../flags/common.ts";
import type { Invocation } from "../invocation.ts";
import { type Json, type KubeObject, listAt, objectAt, textAt } from "../object.ts";
import { printerFor, printResult } from "../printers/output.ts";
import { build, getNamed, type Target } from "../resources/builder.ts";

/** How often a conflicting change of somebody else's is taken in. */
const ATTEMPTS = 10;

interface Decision {
  readonly type: "Approved" | "Denied";
  readonly verb: string;
  readonly reason: string;
  readonly opposite: "Approved" | "Denied";
}
const APPROVE: Decision = { type: "Approved", verb: "approved", reason: "KubectlApprove", opposite: "Denied" };
const DENY: Decision = { type: "Denied", verb: "denied", reason: "KubectlDeny", opposite: "Approved" };

const has = (object: KubeObject, type: string): boolean =>
  listAt(object, "status", "conditions").some((one) => textAt(one, "type") === type);

async function decide(invocation: Invocation, decision: Decision): Promise<void> {
  const { flags, args } = invocation;
  if (args.length === 0 && flags.list("filename").length === 0 && flags.string("kustomize") === "")
    throw new CommandError("one or more CSRs must be specified as <name> or -f <filename>");
  const printer = printerFor(invocation);
  invocation.checkAccess();
  const typed = args.some((one) => one.includes("/"));
  const type = "certificatesigningrequests";
  const selection = await build(invocation, {
    args:
      args.length === 0
        ? []
        : typed
          ? args.map((one) => (one.includes("/") ? one : `${type}/${one}`))
          : [type, ...args],
  });
  const errors: unknown[] = [...selection.errors];
  for (const target of selection.targets) {
    try {
      const object = await decideOne(invocation, target, decision);
      await printResult(invocation, object, decision.verb, printer, true);
    } catch (error) {
      errors.push(error);
    }
  }
  throwAll(errors);
}

async function decideOne(invocation: Invocation, target: Target, decision: Decision): Promise<KubeObject> {
  const rest = await invocation.rest();
  for (let attempt = 1; ; attempt++) {
    const live = await getNamed(rest, target);
    if (textAt(live, "kind") !== "CertificateSigningRequest")
      throw new CommandError("can only handle certificates.k8s.io CertificateSigningRequest objects");
    if (has(live, decision.opposite)) {
      throw new CommandError(`certificate signing request ${quote(target.name)} is already ${decision.opposite}`);
    }
    if (has(live, decision.type) && !invocation.flags.bool("force")) return live;
    const now = new Date(invocation.now).toISOString().replace(/\.\d+Z$/, "Z");
    const condition: Json = {
      type: decision.type,
      status: "True",
      reason: decision.reason,
      message: `This CSR was ${decision.verb} by kubectl certificate ${decision.type === "Approved" ? "approve" : "deny"}.`,
      lastUpdateTime: now,
    };
    const conditions = listAt(live, "status", "conditions").filter((one) => textAt(one, "type") !== decision.type);
    try {
      return await rest.json("PUT", pathOf(target.resource, "", target.name, "approval"), {
        body: { ...live, status: { ...objectAt(live, "status"), conditions: [...conditions, condition] } },
      });
    } catch (error) {
      if (!isApiError(error, "Conflict") || attempt === ATTEMPTS) throw error;
    }
  }
}

const command = (name: string, short: string, decision: Decision): Command => ({
  name,
  short,
  arguments: "(-f FILENAME | NAME)",
  flags: [
    ...FILE_FLAGS,
    ...OUTPUT_FLAGS,
    { name: "force", type: "bool", default: "false", usage: "Also where it was done before" },
  ],
  run: (invocation) => decide(invocation, decision),
});

export const CERTIFICATE: Command = {
  name: "certificate",
  aloneExitCode: 0,
  short: "Modify certificate resources",
  subcommands: [
    command("approve", "Approve a certificate signing request", APPROVE),
    command("deny", "Deny a certificate signing request", DENY),
  ],
};
