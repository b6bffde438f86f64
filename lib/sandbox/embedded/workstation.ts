/** The learner's own machine: a shell with kubectl and the usual tools, their files, a way into the cluster's network. */
import type { Clock } from "../../clock/index.ts";
import { createHelm, createHelmCompletion } from "../../helm/index.ts";
import { createKubectl, createKubectlCompletion, type OpenEditor } from "../../kubectl/index.ts";
import type { Connect } from "../../kubectl/transport.ts";
import {
  createMachine,
  type DirectoryTree,
  directory,
  type FileSystem,
  type Machine,
  memoryFileSystem,
  merged,
  type Network,
  type ProgramTable,
  program,
  SERVICES_FILE,
  standardRootTree,
} from "../../machine/index.ts";
import { createShellPrograms } from "../../machine/shell/index.ts";
import { absentToolPrograms, toolPrograms } from "../../machine/tools/index.ts";
import { createEditor } from "./editor-program.ts";

export const HOME = "/home/learner";
export const UID = 1000;
export const GID = 1000;

/** Variables every session of the learner starts with. */
export const ENVIRONMENT = {
  HOME,
  USER: "learner",
  LOGNAME: "learner",
  SHELL: "/bin/bash",
  PATH: "/usr/local/bin:/usr/bin:/bin",
  LANG: "C.UTF-8",
  TERM: "xterm-256color",
  COLORTERM: "truecolor",
} as const;

const BASHRC = `PS1='\\[\\e[36m\\]\\w\\[\\e[0m\\] $ '
HISTSIZE=2000
alias k=kubectl
alias ll='ls -l'
`;

interface WorkstationOptions {
  readonly clock: Clock;
  readonly network: Network;
  readonly connect: Connect;
  readonly kubeconfig: string;
  /** The lesson's editor, for commands that want one. */
  readonly openEditor: OpenEditor;
  /** The learner's home from a snapshot; a fresh one otherwise. */
  readonly home?: DirectoryTree;
  /** Workspace files a fresh home starts with. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface Workstation {
  readonly machine: Machine;
  /** The file system mounted at HOME: workspace files and dot files. */
  readonly home: FileSystem;
}

/** A Debian of our own making. */
const OS_RELEASE = `PRETTY_NAME="Statecraft workstation (like Debian 12)"
NAME="Statecraft"
ID=statecraft
ID_LIKE=debian
VERSION_ID="12"
`;

/** So that a first commit asks nobody for a name. */
const GIT_CONFIG = `[user]
\tname = Learner
\temail = learner@statecraft.local
[init]
\tdefaultBranch = main
`;

const ROOT = merged(
  standardRootTree([
    ...[...toolPrograms.keys()].filter((name) => !name.includes("/")),
    ...absentToolPrograms.keys(),
    "bash",
    "sh",
  ]),
  directory({
    "usr/bin/editor": program("editor"),
    "usr/local/bin/helm": program("helm"),
    "usr/local/bin/kubectl": program("kubectl"),
    "home/learner": directory({}, { uid: UID, gid: GID }),
    "etc/os-release": OS_RELEASE,
    "etc/gitconfig": GIT_CONFIG,
    "etc/services": SERVICES_FILE,
    "etc/hostname": "statecraft\n",
    "etc/resolv.conf":
      "search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n",
    "etc/passwd": "root:x:0:0:root:/root:/bin/bash\nlearner:x:1000:1000:Learner:/home/learner:/bin/bash\n",
    "etc/group": "root:x:0:\nlearner:x:1000:\n",
  }),
);

/** Bytes a learner's home may hold. */
const HOME_CAPACITY = 64 * 1024 * 1024;
const MEMORY_LIMIT = 256 * 1024 * 1024;

export function createWorkstation(options: WorkstationOptions): Workstation {
  const { clock } = options;
  const kubectl = createKubectl({ connect: options.connect, openEditor: options.openEditor });
  const complete = createKubectlCompletion({ connect: options.connect });
  const completions = new Map([
    ["kubectl", complete],
    ["k", complete],
    ["helm", createHelmCompletion({ connect: options.connect })],
  ]);
  const programs: ProgramTable = new Map([
    ...toolPrograms,
    ...absentToolPrograms,
    ...createShellPrograms({ completions }),
    ["kubectl", kubectl],
    ["editor", createEditor(options.openEditor)],
    ["helm", createHelm({ connect: options.connect })],
  ]);
  const root = memoryFileSystem({ clock, source: "overlay", fileSystemType: "overlay", tree: ROOT });
  const home = memoryFileSystem({
    clock,
    source: "/dev/home",
    fileSystemType: "ext4",
    capacityBytes: HOME_CAPACITY,
    ...(options.home === undefined ? {} : { tree: options.home }),
  });
  const machine = createMachine({
    clock,
    hostname: "statecraft",
    root,
    mounts: [{ path: HOME, fileSystem: home }],
    programs,
    network: options.network,
    limits: { processes: 128, memoryBytes: MEMORY_LIMIT, cpu: 1 },
  });
  if (options.home === undefined) {
    home.chown("/", UID, GID);
    writeOwned(home, "/.kube/config", options.kubeconfig, 0o600);
    writeOwned(home, "/.bashrc", BASHRC);
    writeOwned(home, "/.bash_profile", "[ -f ~/.bashrc ] && . ~/.bashrc\n");
    for (const [path, text] of Object.entries(options.files ?? {})) writeOwned(home, `/${path}`, text);
  }
  return { machine, home };
}

/** Writes a file as the learner's, with the folders on the way. */
export function writeOwned(home: FileSystem, path: string, text: string, mode = 0o644): void {
  const folders = path.split("/").slice(1, -1);
  let folder = "";
  for (const name of folders) {
    folder += `/${name}`;
    if (home.exists(folder)) continue;
    home.makeDirectory(folder, { mode: 0o755 });
    home.chown(folder, UID, GID);
  }
  const isNew = !home.exists(path);
  home.writeFile(path, text, isNew ? { mode } : {});
  if (isNew) home.chown(path, UID, GID);
}
