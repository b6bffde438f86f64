/** Images of well-known tutorials that are no systems of their own: the Job of pi, the autoscaler's walkthrough. */
import { directory, merged, type Process, program } from "../../machine/index.ts";
import type { BaseRoots } from "../base/roots.ts";
import { handleHttp } from "../kit/http.ts";
import { serve, untilStopped } from "../kit/server.ts";
import type { ImageDetails, ImageFamily, Repository } from "../types.ts";
import { guestbook } from "./guestbook.ts";
import { perl } from "./perl.ts";
import { stress, vishStress } from "./stress.ts";

/** Processor time of one page, a million square roots in PHP, in milliseconds. */
const PAGE_MS = 100;

/** Apache with one page of PHP that only burns processor time. */
async function hpaExample(process: Process): Promise<number> {
  await process.stderr.write(
    `AH00558: apache2: Could not reliably determine the server's fully qualified domain name, using ${process.network.addresses[0] ?? "127.0.0.1"}. Set the 'ServerName' directive globally to suppress this message\n`,
  );
  // One page after the other, and each takes as long as what this container may have of a processor lets it.
  let queue: Promise<void> = Promise.resolve();
  const page = async () => {
    await process.spend(PAGE_MS * 1000);
    await process.sleep(PAGE_MS / Math.min(1, process.machine.limits.cpu ?? 1));
  };
  const close = serve(process, 80, (connection) =>
    handleHttp(process, connection, async (request) => {
      if (request === undefined) return { status: 400, body: "Bad Request\n" };
      const own = queue.then(page);
      queue = own.catch(() => undefined);
      await own;
      const agent = request.headers.get("user-agent") ?? "-";
      const time = new Date(process.clock.now()).toUTCString();
      void process.stdout
        .write(
          `${request.remoteAddress} - - [${time}] "${request.method} ${request.target} ${request.version}" 200 176 "-" "${agent}"\n`,
        )
        .catch(() => undefined);
      return { status: 200, headers: { "Content-Type": "text/html; charset=UTF-8" }, body: "OK!" };
    }),
  );
  await untilStopped(process, ["SIGTERM", "SIGINT"]).stopped;
  close();
  return 0;
}

const PERL_TAGS = ["latest", "5", "5.42", "5.40", "5.38", "5.36", "5.34", "5.34.0", "5.34.1"];

function one(name: string, tags: readonly string[], details: ImageDetails): Repository {
  return { name, tags, image: (tag) => (tags.includes(tag) ? details : undefined) };
}

export function tutorialFamily(roots: BaseRoots): ImageFamily {
  return {
    repositories: [
      {
        name: "docker.io/library/perl",
        tags: PERL_TAGS,
        image: (tag) =>
          PERL_TAGS.includes(tag)
            ? {
                root: merged(roots.debian, directory({ "usr/local/bin/perl": program("tutorials/perl") })),
                sizeBytes: 336_000_000,
                command: ["perl", "-de0"],
              }
            : undefined,
      },
      ...["us-docker.pkg.dev/google-samples/containers/gke/gb-frontend", "gcr.io/google-samples/gb-frontend"].map(
        (name) =>
          one(name, ["v5", "v4"], {
            root: merged(
              roots.debian,
              directory({ "usr/local/bin/apache2-foreground": program("tutorials/guestbook") }),
            ),
            sizeBytes: 164_000_000,
            command: ["apache2-foreground"],
            exposedPorts: [80],
          }),
      ),
      one("docker.io/polinux/stress", ["latest", "1.0.4"], {
        root: merged(roots.alpineWith("bash"), directory({ "usr/local/bin/stress": program("tutorials/stress") })),
        sizeBytes: 4_041_000,
        command: ["bash"],
      }),
      one("docker.io/vish/stress", ["latest"], {
        root: merged(roots.scratch, directory({ stress: program("tutorials/vish-stress") })),
        sizeBytes: 1_558_791,
        entrypoint: ["/stress", "-logtostderr"],
      }),
      ...["registry.k8s.io/hpa-example", "k8s.gcr.io/hpa-example"].map((name) => ({
        name,
        tags: ["latest"],
        image: (tag: string) =>
          tag === "latest"
            ? {
                root: merged(
                  roots.debian,
                  directory({ "usr/local/bin/apache2-foreground": program("tutorials/hpa-example") }),
                ),
                sizeBytes: 164_000_000,
                command: ["apache2-foreground"],
                exposedPorts: [80],
              }
            : undefined,
      })),
    ],
    programs: {
      "tutorials/perl": perl,
      "tutorials/hpa-example": hpaExample,
      "tutorials/guestbook": guestbook,
      "tutorials/stress": stress,
      "tutorials/vish-stress": vishStress,
    },
  };
}
