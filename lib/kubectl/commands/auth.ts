/** kubectl auth can-i and whoami (k8s.io/kubectl/pkg/cmd/auth). */
import type { Resource } from "../client/discovery.ts";
import type { Command } from "../command.ts";
import { CommandError } from "../errors.ts";
import { ALL_NAMESPACES_FLAG, OUTPUT_FLAGS } from "../flags/common.ts";
import type { Invocation } from "../invocation.ts";
import { type JsonObject, listAt, objectAt, textAt } from "../object.ts";
import { asStruct } from "../printers/as-struct.ts";
import { printerFor } from "../printers/output.ts";
import { TABLE_TABS, TabWriter } from "../printers/tabwriter.ts";
import { RECONCILE } from "./auth-reconcile.ts";
import { compactRules, ruleColumns } from "./rules.ts";

const VERBS = new Set(
  "get list watch create update patch delete deletecollection use bind impersonate * approve sign escalate attest".split(
    " ",
  ),
);
const URL_VERBS = new Set("get put post head options delete patch *".split(" "));

async function resourceFor(invocation: Invocation, word: string): Promise<Resource | undefined> {
  if (word === "*") return undefined;
  try {
    return await invocation.lookUp((map) => map.find(word.toLowerCase()));
  } catch {
    const [name = "", ...group] = word.toLowerCase().split(".");
    const scope = group.length === 0 ? "" : ` in group '${group.join(".")}'`;
    if (!["users", "groups"].includes(word))
      await invocation.err(`Warning: the server doesn't have a resource type '${name}'${scope}\n\n`);
    return undefined;
  }
}

async function review(
  invocation: Invocation,
  verb: string,
  what: string,
  /** Throws where something is wrong that upstream looks at after it has warned. */
  checkMore: () => void,
): Promise<JsonObject> {
  const { flags } = invocation;
  const rest = await invocation.rest();
  const send = (spec: JsonObject) =>
    rest.json("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
      body: { kind: "SelfSubjectAccessReview", apiVersion: "authorization.k8s.io/v1", spec },
    });
  const subresource = flags.string("subresource");
  if (what.startsWith("/")) {
    if (subresource !== "") throw new CommandError("--subresource can not be used with NonResourceURL");
    if (!URL_VERBS.has(verb)) await invocation.err(`Warning: verb '${verb}' is not a known verb\n\n`);
    checkMore();
    return send({ nonResourceAttributes: { path: what, verb } });
  }
  const slash = what.indexOf("/");
  const [word, name] = slash === -1 ? [what, ""] : [what.slice(0, slash), what.slice(slash + 1)];
  const resource = await resourceFor(invocation, word);
  const everywhere = flags.bool("all-namespaces");
  if (resource !== undefined && !everywhere && !resource.namespaced) {
    const group = resource.group === "" ? "" : ` in group '${resource.group}'`;
    await invocation.err(`Warning: resource '${resource.name}' is not namespace scoped${group}\n\n`);
  }
  if (!everywhere && !VERBS.has(verb)) await invocation.err(`Warning: verb '${verb}' is not a known verb\n\n`);
  checkMore();
  return send({
    resourceAttributes: {
      ...(everywhere ? {} : { namespace: invocation.namespace }),
      verb,
      ...(resource === undefined || resource.group === "" ? {} : { group: resource.group }),
      resource: resource?.name ?? word,
      ...(subresource === "" ? {} : { subresource }),
      ...(name === "" ? {} : { name }),
    },
  });
}

async function canI(invocation: Invocation): Promise<number> {
  const { flags, args } = invocation;
  if (flags.bool("list")) {
    if (args.length > 0) throw new CommandError("list option must be specified with no arguments");
    if (flags.bool("quiet") || flags.bool("all-namespaces") || flags.string("subresource") !== "")
      throw new CommandError(
        "list option can't be specified with neither quiet, all-namespaces nor subresource options",
      );
    return listRules(invocation);
  }
  const [verb, what] = args;
  if (verb === undefined || what === undefined || args.length !== 2) {
    throw new CommandError(
      "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.",
    );
  }
  const answer = await review(invocation, verb, what, () => {
    if (flags.bool("no-headers")) throw new CommandError("--no-headers cannot be set without --list specified");
  });
  const allowed = textAt(answer, "status", "allowed") === "true";
  const [reason, problem] = [textAt(answer, "status", "reason"), textAt(answer, "status", "evaluationError")];
  const why = allowed ? "" : `${reason === "" ? "" : ` - ${reason}`}${problem === "" ? "" : ` - ${problem}`}`;
  if (!flags.bool("quiet")) await invocation.out(`${allowed ? "yes" : "no"}${why}\n`);
  return allowed ? 0 : 1;
}

const bracketed = (values: readonly unknown[]): string => `[${values.join(" ")}]`;

/** One line per resource of each rule, sorted as upstream compacts and sorts them. */
async function listRules(invocation: Invocation): Promise<number> {
  const rest = await invocation.rest();
  const answer = await rest.json("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", {
    body: {
      kind: "SelfSubjectRulesReview",
      apiVersion: "authorization.k8s.io/v1",
      spec: { namespace: invocation.namespace },
    },
  });
  if (textAt(answer, "status", "incomplete") === "true") {
    const problem = textAt(answer, "status", "evaluationError");
    await invocation.err(`warning: the list may be incomplete${problem === "" ? "" : `: ${problem}`}\n`);
  }
  const rows = compactRules([
    ...listAt(answer, "status", "resourceRules"),
    ...listAt(answer, "status", "nonResourceRules"),
  ]);
  const table = new TabWriter(TABLE_TABS);
  if (!invocation.flags.bool("no-headers")) table.write("Resources\tNon-Resource URLs\tResource Names\tVerbs\n");
  for (const rule of rows) table.write(`${ruleColumns(rule).join("\t")}\n`);
  await invocation.out(table.flush());
  return 0;
}

async function whoAmI(invocation: Invocation): Promise<void> {
  invocation.checkAccess();
  const printer = invocation.flags.string("output") === "" ? undefined : printerFor(invocation);
  const rest = await invocation.rest();
  const answer = await rest.json("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {
    body: { kind: "SelfSubjectReview", apiVersion: "authentication.k8s.io/v1" },
  });
  if (printer !== undefined) return invocation.out(printer(asStruct(answer), true));
  const user = objectAt(answer, "status", "userInfo");
  const table = new TabWriter(TABLE_TABS);
  table.write("ATTRIBUTE\tVALUE\n");
  if (textAt(user, "username") !== "") table.write(`Username\t${textAt(user, "username")}\n`);
  if (textAt(user, "uid") !== "") table.write(`UID\t${textAt(user, "uid")}\n`);
  if (listAt(user, "groups").length > 0) table.write(`Groups\t${bracketed(listAt(user, "groups"))}\n`);
  for (const key of Object.keys(objectAt(user, "extra")).sort())
    table.write(`Extra: ${key}\t${bracketed(listAt(user, "extra", key))}\n`);
  await invocation.out(table.flush());
}

export const AUTH: Command = {
  name: "auth",
  short: "Inspect authorization",
  subcommands: [
    {
      name: "can-i",
      short: "Check whether an action is allowed",
      arguments: "VERB [TYPE | TYPE/NAME | NONRESOURCEURL]",
      examples: ["kubectl auth can-i delete pods", "kubectl auth can-i --list"],
      flags: [
        ALL_NAMESPACES_FLAG,
        { name: "list", type: "bool", default: "false", usage: "All that is allowed" },
        { name: "no-headers", type: "bool", default: "false", usage: "No headers, with --list" },
        { name: "quiet", shorthand: "q", type: "bool", default: "false", usage: "Only the exit code" },
        { name: "subresource", type: "string", usage: "Subresource, e.g. log or scale" },
      ],
      run: canI,
    },
    RECONCILE,
    {
      name: "whoami",
      short: "Experimental: Check self subject attributes",
      flags: OUTPUT_FLAGS,
      run: whoAmI,
    },
  ],
};
