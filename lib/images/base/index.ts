/** Operating systems without a service: a shell and its tools. */
import { type DirectoryTree, directory, merged, type Program, program } from "../../machine/index.ts";
import type { ImageDetails, ImageFamily, Repository } from "../types.ts";
import { busyboxProgram, createBusybox } from "./busybox.ts";
import { packageManagerPrograms } from "./packages.ts";
import { pause } from "./pause.ts";
import {
  ALPINE_NOW,
  BUSYBOX_NOW,
  BUSYBOX_VERSIONS,
  DEBIAN_NOW,
  debianReleases,
  UBUNTU_NOW,
  ubuntuReleases,
} from "./releases.ts";
import type { BaseRoots } from "./roots.ts";

function simple(
  name: string,
  tags: Readonly<Record<string, number>>,
  make: (tag: string) => Omit<ImageDetails, "sizeBytes">,
): Repository {
  return {
    name,
    tags: Object.keys(tags),
    image(tag) {
      const sizeBytes = Object.hasOwn(tags, tag) ? tags[tag] : undefined;
      return sizeBytes === undefined ? undefined : { ...make(tag), sizeBytes };
    },
  };
}

/** Full versions by tag; later tags of one series are made of the last one here. */
const BUSYBOX: Readonly<Record<string, string>> = {
  latest: BUSYBOX_NOW,
  stable: "1.36.1",
  glibc: BUSYBOX_NOW,
  musl: BUSYBOX_NOW,
  uclibc: BUSYBOX_NOW,
  "1": BUSYBOX_NOW,
  "1.37": "1.37.0",
  "1.36": "1.36.1",
  "1.35": "1.35.0",
  "1.34": "1.34.1",
  "1.33": "1.33.1",
  "1.32": "1.32.1",
  "1.31": "1.31.1",
  "1.30": "1.30.1",
  "1.29": "1.29.3",
  "1.28": "1.28.4",
  "1.27": "1.27.2",
  "1.26": "1.26.2",
  "1.25": "1.25.1",
  "1.24": "1.24.2",
};
/** Tags that name a whole version. */
const BUSYBOX_RELEASES = ["1.36.1", "1.36.0", "1.37.0", "1.35.0", "1.34.1", "1.28.4", "1.27.2"];
const BUSYBOX_BINARIES = new Set([...Object.values(BUSYBOX), ...BUSYBOX_VERSIONS, ...BUSYBOX_RELEASES]);
const ALPINE: Readonly<Record<string, string>> = { latest: ALPINE_NOW, "3": ALPINE_NOW, edge: ALPINE_NOW };
const CODENAMES = debianReleases.map(({ name }) => name);

export function baseFamily(roots: BaseRoots): ImageFamily {
  const sh = { command: ["sh"] };
  const busyboxTags = sizes(
    [
      "latest",
      "1.36",
      "1.37",
      "1.28",
      "1.35",
      "1.34",
      "1.33",
      "1.32",
      "1.31",
      "1.30",
      "1.29",
      "1.36.1",
      "1.36.0",
      "1.37.0",
      "1.35.0",
      "1.34.1",
      "1.28.4",
      "1.27.2",
      "glibc",
      "musl",
      "uclibc",
      "stable",
      "1",
      "1.24",
      "1.25",
      "1.26",
      "1.27",
    ],
    2_156_518,
  );
  const pauses = sizes(["3.10", "3.10.1", "3.9", "3.8", "3.7", "3.6", "3.5", "3.2", "3.1", "2.0"], 320_368);
  const pauseImage = () => ({
    root: merged(roots.scratch, directory({ pause: program("pause") })),
    entrypoint: ["/pause"],
    uid: 65535,
    gid: 65535,
  });
  return {
    repositories: [
      simple("docker.io/library/busybox", busyboxTags, (tag) => ({ root: busybox(roots, tag), ...sh })),
      simple("registry.k8s.io/e2e-test-images/busybox", sizes(["1.29-4", "1.36.1-1", "1.29-2"], 732_685), (tag) => ({
        root: busybox(roots, tag.replace(/-\d+$/, "")),
        ...sh,
      })),
      ...["registry.k8s.io/busybox", "k8s.gcr.io/busybox", "gcr.io/google_containers/busybox"].map((name) =>
        simple(name, sizes(["latest", "1.27.2", "1.27", "1.24"], 1_144_547), () => ({
          root: busybox(roots, "1.27"),
          ...sh,
        })),
      ),
      simple(
        "docker.io/library/alpine",
        sizes(
          [
            "latest",
            "3.22",
            "3.21",
            "3.20",
            "3.19",
            "3.18",
            "3.17",
            "3.16",
            "3.15",
            "3.12",
            "3.10",
            "3.9",
            "3.8",
            "3.6",
            "3",
            "edge",
          ],
          3_799_689,
        ),
        (tag) => ({ root: roots.alpineOf(ALPINE[tag] ?? tag), command: ["/bin/sh"] }),
      ),
      simple("docker.io/library/bash", sizes(["latest", "5.2", "5.1", "5", "4.4"], 6_216_003), () => ({
        root: roots.alpineWith("bash"),
        entrypoint: ["bash"],
      })),
      simple(
        "docker.io/library/debian",
        sizes(
          [
            "latest",
            "stable",
            "stable-slim",
            ...CODENAMES,
            ...CODENAMES.map((name) => `${name}-slim`),
            "12",
            "11",
            "10",
            "9",
            "8",
            "12-slim",
            "11-slim",
          ],
          48_488_010,
        ),
        (tag) => debian(roots, tag),
      ),
      simple(
        "docker.io/library/ubuntu",
        sizes(["latest", "24.04", "22.04", "20.04", "noble", "jammy", "focal"], 29_723_147),
        (tag) => ubuntu(roots, tag),
      ),
      simple(
        "docker.io/curlimages/curl",
        sizes(
          [
            "latest",
            "8.16.0",
            "8.12.1",
            "8.11.1",
            "8.10.1",
            "8.9.1",
            "8.8.0",
            "8.7.1",
            "8.6.0",
            "8.5.0",
            "8.4.0",
            "7.88.1",
            "7.87.0",
          ],
          9_463_113,
        ),
        () => ({
          root: merged(roots.alpineWith("curl"), directory({ "entrypoint.sh": program("base/curl-entrypoint") })),
          entrypoint: ["/entrypoint.sh"],
          command: ["curl"],
          uid: 100,
          gid: 101,
        }),
      ),
      simple("docker.io/radial/busyboxplus", sizes(["latest", "curl"], 4_234_870), () => ({
        root: merged(roots.busybox, directory({ "usr/bin/curl": program("curl") })),
        command: ["/bin/sh"],
      })),
      simple("docker.io/nicolaka/netshoot", sizes(["latest", "v0.13", "v0.12"], 201_845_005), () => ({
        root: roots.alpineWith("bash", "curl", "dig", "host", "jq", "nc", "ss", "vim"),
        command: ["bash"],
      })),
      simple("registry.k8s.io/e2e-test-images/jessie-dnsutils", sizes(["1.3", "1.4", "1.7"], 81_466_411), () => ({
        root: merged(
          roots.debianWith("dig", "host", "curl"),
          directory({ "usr/bin/nslookup": program("bind-9.9/nslookup") }),
        ),
        command: ["sleep", "infinity"],
      })),
      simple("registry.k8s.io/pause", pauses, pauseImage),
      simple("k8s.gcr.io/pause", pauses, pauseImage),
      simple("gcr.io/google_containers/pause", sizes(["2.0", "3.0", "3.1", "latest", "go"], 320_368), pauseImage),
    ],
    programs: {
      pause,
      "base/curl-entrypoint": curlEntrypoint,
      ...Object.fromEntries(packageManagerPrograms),
      ...Object.fromEntries(
        [...BUSYBOX_BINARIES].map((version) => [busyboxProgram(version), createBusybox(version, roots.applets)]),
      ),
    },
  };
}

/** The same size for all of them, a little different for each. */
function sizes(tags: readonly string[], base: number): Record<string, number> {
  return Object.fromEntries(tags.map((tag, index) => [tag, base + index * 1_371]));
}

/**
 * Up to 1.28 nslookup asked the C library, and printed what many tutorials show: they name no tag, and their
 * `nslookup web-0.nginx` finds nothing with a later one, which asks for a name with a dot as it stands. So `latest`
 * brings the earlier one here.
 */
function busybox(roots: BaseRoots, tag: string): DirectoryTree {
  const version = BUSYBOX[tag] ?? tag;
  const root = roots.busyboxOf(version);
  return tag === "latest" || Number(version.split(".")[1]) <= 28
    ? merged(root, directory({ "bin/nslookup": program("busybox-1.28/nslookup") }))
    : root;
}

function debian(roots: BaseRoots, tag: string): Omit<ImageDetails, "sizeBytes"> {
  const release = tag.replace(/-slim$/, "");
  const named = debianReleases.find(({ version, name }) => release === name || release === version);
  return { root: roots.debianOf(named?.version ?? DEBIAN_NOW), command: ["bash"] };
}

function ubuntu(roots: BaseRoots, tag: string): Omit<ImageDetails, "sizeBytes"> {
  const named = ubuntuReleases.find(({ version, name }) => tag === name || tag === version);
  return { root: roots.ubuntu(named?.version ?? UBUNTU_NOW), command: ["/bin/bash"] };
}

/** What is no program is taken for options of curl. */
const curlEntrypoint: Program = async (process) => {
  const words = process.argv.slice(1);
  const [first = ""] = words;
  // A URL has slashes, too, and is no file.
  const places = first.includes("/")
    ? [first]
    : (process.env.get("PATH") ?? "").split(":").map((folder) => `${folder}/${first}`);
  const found = first !== "" && !first.startsWith("-") && places.some((place) => process.files.exists(place));
  return process.execute({ argv: found ? words : ["curl", ...words] });
};
