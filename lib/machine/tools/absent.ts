/** Tools that people look for and that are not here: they say so, instead of "command not found". */
import type { Program } from "../types.ts";

const REASONS: Readonly<Record<string, string>> = {
  docker: "there is no container runtime to talk to; `kubectl run NAME --image=IMAGE` starts a Pod",
  emacs: "use vi or nano",
  helm: "charts cannot be installed here; `kubectl apply -f` and `kubectl apply -k` can do what a chart would",
  kustomize: "use `kubectl kustomize` and `kubectl apply -k`",
  perl: "use sed, awk or jq",
  podman: "there is no container runtime to talk to; `kubectl run NAME --image=IMAGE` starts a Pod",
  python3: "use awk, jq or the shell",
  ssh: "use `kubectl exec` and `kubectl debug`",
  sudo: "there is nothing here that needs another user's rights",
  systemctl: "there is no service manager on this machine",
};

export const absentTools: Readonly<Record<string, Program>> = Object.fromEntries(
  Object.entries(REASONS).map(([name, reason]): [string, Program] => [
    name,
    async (process) => {
      await process.stderr.write(`${name}: not available here: ${reason}\n`);
      return 127;
    },
  ]),
);
