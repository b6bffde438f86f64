import { directory, merged, program } from "../../machine/index.ts";
import type { BaseRoots } from "../base/roots.ts";
import type { ImageFamily } from "../types.ts";
import { akkaNode } from "./node.ts";

const TAGS = ["1.0", "1.1", "2.0"];

/** An image of this project alone: there is no official one, everybody builds their own node. */
export function akkaFamily(roots: BaseRoots): ImageFamily {
  return {
    repositories: [
      {
        name: "docker.io/statecraft/akka-cluster-node",
        tags: TAGS,
        image: (tag) =>
          TAGS.includes(tag)
            ? {
                root: merged(
                  roots.debianWith("curl"),
                  directory({
                    "opt/docker/bin/akka-cluster-node": program("akka/node"),
                    data: directory({}, { mode: 0o777 }),
                  }),
                ),
                sizeBytes: 180_000_000,
                entrypoint: ["/opt/docker/bin/akka-cluster-node"],
                uid: 1001,
                env: { APP_VERSION: tag },
                workingDirectory: "/opt/docker",
                exposedPorts: [8080, 8558, 25_520],
              }
            : undefined,
      },
    ],
    programs: { "akka/node": akkaNode },
  };
}
