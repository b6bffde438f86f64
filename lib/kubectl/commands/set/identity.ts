/** kubectl set serviceaccount and set selector (k8s.io/kubectl/pkg/cmd/set/set_{serviceaccount,selector}.go). */
import type { Command } from "../../command.ts";
import { CommandError, throwAll } from "../../errors.ts";
import { dryRunOf, type Invocation } from "../../invocation.ts";
import { isObject, type JsonObject, listAt, setAt, textAt } from "../../object.ts";
import { printerFor } from "../../printers/output.ts";
import { parseLabelSelector } from "../selectors.ts";
import { changeAll, podSpecOf, refuseLocalOnServer, SET_FLAGS, selectTargets } from "./template.ts";

async function setServiceAccount(invocation: Invocation): Promise<void> {
  const { args, flags } = invocation;
  refuseLocalOnServer(invocation);
  printerFor(invocation);
  invocation.checkNamespace();
  const name = args[args.length - 1];
  if (name === undefined) throw new CommandError("serviceaccount is required");
  // What is named beside files is not looked at where there is no server.
  const { targets, errors } = await selectTargets(invocation, flags.bool("local") ? [] : args.slice(0, -1));
  throwAll(errors);
  await changeAll(invocation, targets, [], {
    operation: "serviceaccount updated",
    failure: "failed to patch ServiceAccountName",
    evenUnchanged: true,
    mutate: (object) => {
      podSpecOf(object)["serviceAccountName"] = name;
    },
  });
}

export const SET_SERVICE_ACCOUNT: Command = {
  name: "serviceaccount",
  aliases: ["sa"],
  short: "Update the service account of a resource",
  arguments: "(-f FILENAME | TYPE NAME) SERVICE_ACCOUNT",
  flags: SET_FLAGS,
  run: setServiceAccount,
};

/** Equality requirements only, as a Service's selector has them. */
function parseSelector(text: string): JsonObject {
  const { matchExpressions, matchLabels } = parseLabelSelector(text);
  const [expression] = Array.isArray(matchExpressions) ? matchExpressions : [];
  if (expression !== undefined) {
    const values = listAt(expression, "values").join(" ");
    throw new CommandError(
      `match expression [{${textAt(expression, "key")} ${textAt(expression, "operator")} [${values}]}] not supported on this object`,
    );
  }
  return isObject(matchLabels ?? null) ? (matchLabels as JsonObject) : {};
}

/** Upstream tells them beside what else is wrong with what is asked for (ResourceBuilderFlags.ToBuilder). */
function namespaceProblems(invocation: Invocation): unknown[] {
  try {
    invocation.checkNamespace();
    return [];
  } catch (error) {
    return [error];
  }
}

async function setSelector(invocation: Invocation): Promise<void> {
  const { args, flags } = invocation;
  dryRunOf(invocation);
  const text = args[args.length - 1] ?? "";
  parseLabelSelector(text);
  printerFor(invocation);
  if (args.length === 0) throw new CommandError("one selector is required");
  const { targets, errors } = await selectTargets(invocation, args.slice(0, -1), "", namespaceProblems(invocation));
  const version = flags.string("resource-version");
  await changeAll(invocation, targets, errors, {
    operation: "selector updated",
    evenUnchanged: true,
    plainErrors: true,
    mutate: (object, target) => {
      if (textAt(object, "kind") !== "Service")
        throw new CommandError("setting a selector is only supported for Services");
      const selector = parseSelector(text);
      if (version !== "") {
        // Left out of the state before, so that it is part of the patch and the server checks it.
        setAt(target.object, ["metadata", "resourceVersion"], undefined);
        setAt(object, ["metadata", "resourceVersion"], version);
      }
      setAt(object, ["spec", "selector"], selector);
    },
  });
}

export const SET_SELECTOR: Command = {
  name: "selector",
  short: "Set the selector on a resource",
  arguments: "(-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version]",
  flags: [
    ...SET_FLAGS.filter((flag) => flag.name !== "kustomize").map((flag) =>
      flag.name === "recursive" ? { ...flag, default: "true" } : flag,
    ),
    { name: "resource-version", type: "string", usage: "Only where the object is at this version" },
  ],
  run: setSelector,
};
