/** kubectl set subject (k8s.io/kubectl/pkg/cmd/set/set_subject.go). */
import type { Command } from "../../command.ts";
import { CommandError, throwAll } from "../../errors.ts";
import { SELECTOR_FLAG } from "../../flags/common.ts";
import { dryRunOf, type Invocation } from "../../invocation.ts";
import { equalJson, type JsonObject, listAt, textAt } from "../../object.ts";
import { printerFor } from "../../printers/output.ts";
import { changeAll, refuseLocalOnServer, SET_FLAGS, selectTargets } from "./template.ts";

const GROUP = "rbac.authorization.k8s.io";

function subjectsOf({ flags }: Invocation): JsonObject[] {
  const accounts = flags.list("serviceaccount").map((text): JsonObject => {
    const parts = text.split(":");
    const [namespace = "", name = ""] = parts;
    if (parts.length !== 2 || namespace === "" || name === "")
      throw new CommandError("serviceaccount must be <namespace>:<name>");
    return { kind: "ServiceAccount", name, namespace };
  });
  const subjects = [
    ...flags.list("user").map((name): JsonObject => ({ kind: "User", apiGroup: GROUP, name })),
    ...flags.list("group").map((name): JsonObject => ({ kind: "Group", apiGroup: GROUP, name })),
    ...accounts,
  ];
  return subjects;
}

async function setSubject(invocation: Invocation): Promise<void> {
  const { args, flags } = invocation;
  dryRunOf(invocation);
  printerFor(invocation);
  invocation.checkNamespace();
  const { targets, errors } = await selectTargets(invocation, args, flags.string("selector"));
  throwAll(errors);
  refuseLocalOnServer(invocation);
  if (flags.bool("all") && flags.string("selector") !== "")
    throw new CommandError("cannot set --all and --selector at the same time");
  const subjects = subjectsOf(invocation);
  if (subjects.length === 0)
    throw new CommandError("you must specify at least one value of user, group or serviceaccount");
  await changeAll(invocation, targets, [], {
    operation: "subjects updated",
    failure: "failed to patch subjects to rolebinding:",
    mutate: (object) => {
      const kind = textAt(object, "kind");
      if (kind !== "RoleBinding" && kind !== "ClusterRoleBinding")
        throw new CommandError("setting subjects is only supported for RoleBinding/ClusterRoleBinding");
      const before = listAt(object, "subjects");
      const added = subjects.filter((one) => !before.some((other) => equalJson(other, one)));
      if (added.length > 0) object["subjects"] = [...before, ...added];
    },
  });
}

export const SET_SUBJECT: Command = {
  name: "subject",
  short: "Update the user, group, or service account in a role binding or cluster role binding",
  arguments:
    "(-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname]",
  examples: ["kubectl set subject rolebinding readers --user=jane"],
  flags: [
    ...SET_FLAGS.filter((flag) => flag.name !== "record"),
    SELECTOR_FLAG,
    { name: "group", type: "array", usage: "Groups to add" },
    { name: "serviceaccount", type: "array", usage: "Service accounts to add, as namespace:name" },
    { name: "user", type: "array", usage: "Users to add" },
  ],
  run: setSubject,
};
