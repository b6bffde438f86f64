import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

export const PRUNE: Scenario = {
  name: "apply and prune",
  files: FILES,
  steps: lines(`
    apply -f dir --prune -l app=pr
    apply -f prune/ --prune -l app=pr
    apply -f prune/ --prune -l app=pr -n default
    apply -f prune/a.yaml --prune -l app=pr
    apply -f prune
    apply -f prune/a.yaml --prune -l app=pr --prune-allowlist=core/v1/ConfigMap
    apply -f prune/a.yaml --prune
    apply -f prune/a.yaml --prune --all -l a=b
    apply -f prune/a.yaml --prune --all --dry-run=server --prune-allowlist=core/v1/Secret
    apply -f prune/a.yaml --prune -l app=pr --prune-allowlist=v1/ConfigMap
    apply -f prune/a.yaml --prune -l app=pr --prune-allowlist=core/v1/Nope
    apply -f prune/a.yaml --prune -l app=pr --prune-allowlist=core/v1/Secret --dry-run=client
    apply -f prune
    apply -f prune/a.yaml --prune -l app=pr --dry-run=server
    apply -f prune/a.yaml --prune -l app=pr -o name
    apply -f prune/a.yaml --prune-allowlist=core/v1/ConfigMap
    apply -f prune/a.yaml --prune --force -l app=pr
    apply -f prune/a.yaml --prune --server-side -l app=pr
    apply -f prune/a.yaml --force --server-side
    apply -f prune/a.yaml --force --dry-run=server
    apply -f prune/a.yaml --applyset=x
    KUBECTL_APPLYSET=true apply -f prune/a.yaml --applyset=x
    KUBECTL_APPLYSET=true apply -f prune/a.yaml --prune --applyset=x
    KUBECTL_APPLYSET=true apply -f prune/a.yaml --prune --applyset=cm/x
    KUBECTL_APPLYSET=true apply -f prune/a.yaml --prune --applyset=x -n default
    get secret x -o yaml
    get cm pa -o yaml
    KUBECTL_APPLYSET=true apply -f prune/b.yaml --prune --applyset=x -n default
    get secret x -o yaml
    KUBECTL_APPLYSET=true apply -f prune/b.yaml --prune --applyset=x -n default --all
    KUBECTL_APPLYSET=true apply -f prune/b.yaml --prune --applyset=x -n default -l a=b
    KUBECTL_APPLYSET=true apply -f prune/b.yaml --prune --applyset=configmaps/x -n default
    KUBECTL_APPLYSET=true apply -f prune/b.yaml --prune --applyset=pods/x -n default
    KUBECTL_APPLYSET=true apply -f prune/b.yaml --prune --applyset=nope/x -n default
    KUBECTL_APPLYSET=true apply -f prune/a.yaml --prune --applyset=y -n default --prune-allowlist=core/v1/Pod
    KUBECTL_APPLYSET=true apply -f prune/a.yaml --prune --applyset=y -n default --dry-run=client
    KUBECTL_APPLYSET=true apply -f prune/b.yaml --prune --applyset=y -n default --server-side
    KUBECTL_APPLYSET=true apply -f prune/b.yaml --prune --applyset=x -n default --dry-run=server
    KUBECTL_APPLYSET=true apply -f prune/b.yaml --applyset=a/b/c --prune -n default
    create secret generic taken
    KUBECTL_APPLYSET=true apply -f prune/b.yaml --applyset=taken --prune -n default
    annotate secret taken applyset.kubernetes.io/tooling=other/v1
    KUBECTL_APPLYSET=true apply -f prune/b.yaml --applyset=taken --prune -n default
    annotate secret taken applyset.kubernetes.io/tooling=kubectl/v1 --overwrite
    KUBECTL_APPLYSET=true apply -f prune/b.yaml --applyset=taken --prune -n default
    label secret taken applyset.kubernetes.io/id=nope
    KUBECTL_APPLYSET=true apply -f prune/b.yaml --applyset=taken --prune -n default
    KUBECTL_APPLYSET=true apply -f member.yaml --applyset=z --prune -n default
  `),
};
