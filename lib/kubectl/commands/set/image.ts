/** kubectl set image (k8s.io/kubectl/pkg/cmd/set/set_image.go). */
import type { Command } from "../../command.ts";
import { CommandError, throwAll } from "../../errors.ts";
import { SELECTOR_FLAG } from "../../flags/common.ts";
import { dryRunOf, type Invocation } from "../../invocation.ts";
import { printerFor } from "../../printers/output.ts";
import {
  changeAll,
  localOnServer,
  podSpecOf,
  SET_FLAGS,
  selectContainers,
  selectTargets,
  splitPairs,
} from "./template.ts";

async function setImage(invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  dryRunOf(invocation);
  printerFor(invocation);
  invocation.checkNamespace();
  const { resources, pairs } = splitPairs(invocation.args, "image");
  const wrong = pairs.filter((pair) => !pair.includes("="));
  if (wrong.length > 0) throw new CommandError(`invalid image format: ${wrong.join(", ")}`);
  const images = new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
  const { targets, errors } = await selectTargets(invocation, resources, flags.string("selector"));
  throwAll(errors);
  const problems: CommandError[] = [];
  if (flags.bool("all") && flags.string("selector") !== "")
    problems.push(new CommandError("cannot set --all and --selector at the same time"));
  if (images.size === 0) problems.push(new CommandError("at least one image update is required"));
  else if (images.size > 1 && images.has("*")) {
    problems.push(
      new CommandError(
        "all containers are already specified by *, but saw more than one container_name=container_image pairs",
      ),
    );
  }
  if (flags.bool("local") && dryRunOf(invocation) === "server") problems.push(localOnServer());
  throwAll(problems);
  const missing: CommandError[] = [];
  await changeAll(invocation, targets, missing, {
    operation: "image updated",
    failure: "failed to patch image update to pod template:",
    mutate: (object) => {
      const spec = podSpecOf(object);
      for (const [name, image] of images) {
        const containers = ["initContainers", "containers"].flatMap((field) => selectContainers(spec, field, "*"));
        const found = containers.filter((container) => name === "*" || container["name"] === name);
        for (const container of found) container["image"] = image;
        if (found.length === 0) missing.push(new CommandError(`error: unable to find container named "${name}"`));
      }
    },
  });
}

export const SET_IMAGE: Command = {
  name: "image",
  short: "Update the image of a pod template",
  arguments: "(-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N",
  examples: ["kubectl set image statefulset/web nginx=nginx:1.28"],
  completes: {
    types: ["daemonsets", "deployments", "pods", "cronjobs", "replicasets", "replicationcontrollers", "statefulsets"],
  },
  flags: [...SET_FLAGS, SELECTOR_FLAG],
  run: setImage,
};
