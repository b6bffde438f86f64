import { directory, merged, type Process, program } from "../../machine/index.ts";
import type { BaseRoots } from "../base/roots.ts";
import type { ImageFamily, Repository } from "../types.ts";
import { etcdctl, etcdutl } from "./ctl/main.ts";
import { etcd } from "./main.ts";
import { VERSION_FILE } from "./version.ts";

const VERSIONS = [
  "3.6.5",
  "3.6.4",
  "3.6.0",
  "3.5.24",
  "3.5.21",
  "3.5.15",
  "3.5.12",
  "3.5.9",
  "3.5.6",
  "3.5.1",
  "3.5.0",
  "3.4.37",
  "3.4.27",
  "3.4.20",
  "3.4.13",
  "3.4.3",
  "3.4.0",
] as const;

/** A patch release between those that are named: of the same series as one of them, and not newer than the newest. */
function patched(tag: string, tagOf: (version: string) => string): string | undefined {
  const [, version = ""] = /^v?(\d+\.\d+\.\d+)/.exec(tag) ?? [];
  const series = `${version.split(".").slice(0, 2).join(".")}.`;
  const newest = VERSIONS.find((one) => one.startsWith(series));
  const patch = (one: string) => Number(one.slice(series.length));
  return newest !== undefined && patch(version) <= patch(newest) && tagOf(version) === tag ? version : undefined;
}

/** From these on the official images have nothing but etcd in them: no shell. */
function distroless(version: string): boolean {
  const [, minor = 0, patch = 0] = version.split(".").map(Number);
  return minor >= 6 || (minor === 5 && patch >= 7) || (minor === 4 && patch >= 24);
}

/** bitnami's entry point: wants to be told that no password is meant, then starts etcd by its variables. */
async function bitnami(process: Process): Promise<number> {
  const command = process.argv.slice(1);
  if (command[0] !== "/opt/bitnami/scripts/etcd/run.sh" && command[0] !== "etcd")
    return process.execute({ argv: command });
  const stamp = new Date(process.clock.now()).toISOString().slice(11, 19);
  const say = (level: string, text: string) => process.stderr.write(`etcd ${stamp}.00 ${level} ==> ${text}\n`);
  if ((process.env.get("ETCD_ROOT_PASSWORD") ?? "") !== "") {
    await say("ERROR", "ETCD_ROOT_PASSWORD: authentication is not supported here");
    return 1;
  }
  if (process.env.get("ALLOW_NONE_AUTHENTICATION") !== "yes") {
    await say(
      "ERROR",
      "The ETCD_ROOT_PASSWORD environment variable is empty or not set. Set the environment variable ALLOW_NONE_AUTHENTICATION=yes to allow a blank password. This is only recommended for development environments.",
    );
    return 1;
  }
  await say(
    "WARN",
    "You set the environment variable ALLOW_NONE_AUTHENTICATION=yes. For safety reasons, do not use this flag in a production environment.",
  );
  await say("INFO", "** Starting etcd **");
  return process.execute({ argv: ["etcd", ...command.slice(1)] });
}

export function etcdFamily(roots: BaseRoots): ImageFamily {
  const binaries = (version: string) => ({
    etcd: program("etcd/etcd"),
    etcdctl: program("etcd/etcdctl"),
    ...(version.startsWith("3.4") ? {} : { etcdutl: program("etcd/etcdutl") }),
  });
  const repository = (
    name: string,
    tagOf: (version: string) => string,
    sizeBytes: number,
    extra: (version: string) => Partial<ReturnType<typeof official>> = () => ({}),
  ): Repository => ({
    name,
    tags: VERSIONS.map(tagOf),
    image(tag) {
      const version = VERSIONS.find((one) => tagOf(one) === tag) ?? patched(tag, tagOf);
      return version === undefined ? undefined : { ...official(version), sizeBytes, ...extra(version) };
    },
  });
  const official = (version: string) => ({
    root: merged(
      distroless(version) ? roots.scratch : roots.debian,
      directory({
        "usr/local/bin": directory(binaries(version)),
        [VERSION_FILE.slice(1)]: `${version}\n`,
        "var/etcd": directory(),
        "var/lib/etcd": directory({}, { mode: 0o700 }),
      }),
    ),
    env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
    command: ["/usr/local/bin/etcd"],
    exposedPorts: [2379, 2380],
  });
  const bitnamiImage = (name: string): Repository => ({
    name,
    tags: ["latest", "3.6", "3.5", ...VERSIONS],
    image(tag) {
      const wanted = tag === "latest" ? "3.6" : tag.replace(/-debian-\d+.*$/, "");
      const version = VERSIONS.find((one) => one === wanted || one.startsWith(`${wanted}.`));
      if (version === undefined) return undefined;
      return {
        root: merged(
          roots.debianWith("curl"),
          directory({
            "opt/bitnami/etcd/bin": directory(binaries(version)),
            "opt/bitnami/scripts/etcd/entrypoint.sh": program("etcd/bitnami"),
            "opt/bitnami/scripts/etcd/run.sh": program("etcd/etcd"),
            [VERSION_FILE.slice(1)]: `${version}\n`,
            "bitnami/etcd": directory({}, { mode: 0o777 }),
          }),
        ),
        sizeBytes: 62_000_000,
        uid: 1001,
        entrypoint: ["/opt/bitnami/scripts/etcd/entrypoint.sh"],
        command: ["/opt/bitnami/scripts/etcd/run.sh"],
        env: {
          PATH: "/opt/bitnami/etcd/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
          ETCD_DATA_DIR: "/bitnami/etcd/data",
          ETCD_LISTEN_CLIENT_URLS: "http://0.0.0.0:2379",
          ETCD_ADVERTISE_CLIENT_URLS: "http://127.0.0.1:2379",
        },
        volumes: ["/bitnami/etcd"],
        exposedPorts: [2379, 2380],
      };
    },
  });
  return {
    repositories: [
      ...["quay.io/coreos/etcd", "gcr.io/etcd-development/etcd"].map((name) =>
        repository(name, (version) => `v${version}`, 23_500_000),
      ),
      ...["registry.k8s.io/etcd", "k8s.gcr.io/etcd"].map((name) =>
        repository(name, (version) => `${version}-0`, 57_680_541),
      ),
      bitnamiImage("docker.io/bitnami/etcd"),
      bitnamiImage("docker.io/bitnamilegacy/etcd"),
    ],
    programs: {
      "etcd/etcd": etcd,
      "etcd/etcdctl": etcdctl,
      "etcd/etcdutl": etcdutl,
      "etcd/bitnami": bitnami,
    },
  };
}
