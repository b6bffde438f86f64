/** What -v and --vmodule write of a run, files of discovery, and flags that few know. */
import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

export const TRACES: Scenario = {
  name: "traces, caches and flags that few know",
  files: { ...FILES, "old/none": "" },
  steps: lines(`
    get nope -v=6
    get nope -v=5
    get nope -v=7
    get nope --vmodule=discovery=5
    get pods -v=6
    get pods -v=7
    get pods -v=8
    get pods --vmodule=round_trippers=6
    get pods --vmodule=round_trippers=7
    get pods --vmodule=round*=8
    get pods --vmodule=loader=6
    get pods --vmodule=*=6
    get pods --vmodule=*=8
    get pods --vmodule=helper=8
    get pods --vmodule=request=8
    get pods --vmodule=round_trippers=6,loader=6
    get pods --vmodule=round_trippers=5,round*=7
    get pods --vmodule=r?und_trippers=6
    get pods --vmodule=nope=9
    get pods --vmodule=x
    get pods --vmodule=x=y
    get pods -v=6 --vmodule=round_trippers=0
    create -f cm.yaml --validate=false -v=6
    delete -f cm.yaml -v=6
    create -f cm.yaml --validate=ignore -v=8
    get cm settings -o yaml -v=6
    get cm settings -v=8
    label cm settings a=b -v=8
    patch cm settings -p '{"data":{"a":"9"}}' -v=8
    get pods nope -v=8
    delete cm settings -v=8 --wait=false
    get cm,sa -v=6
    get cm -A -v=6
    api-resources -v=6
    api-resources --cached -v=6
    api-versions -v=6
    version -v=6
    cluster-info -v=6
    get pods --request-timeout=5s -v=6
    get pods --request-timeout=5 -v=6
    get nope --request-timeout=90s -v=6
    version --request-timeout=1m -v=6
    logs nope -v=6
    config view -v=6
    config current-context -v=9
    config get-contexts --vmodule=loader=6
    run x --image=nginx --dry-run=server -v=6
    kustomize dir -v=6
    get pods -v=-1
    get pods -v=x
    get pods --profile=nope
    get pods --profile=none
    get pods --log-file=x
    get pods --logtostderr
    get pods --alsologtostderr
    get pods --stderrthreshold=2
    get pods --log-dir=x
    get pods --skip-headers
    get pods --add-dir-header
    get pods --log-backtrace-at=x:1
    get pods --one-output
    get pods --disable-compression
    get pods --disable-compression=x
    get pods --log-flush-frequency=1s
    get pods --log-flush-frequency=x
    get pods --cache-dir=other
    get nope --cache-dir=other -v=6
    get nope --cache-dir=another -v=6
    get nope --cache-dir=another -v=6
    get pods --cache-dir=
    KUBECACHEDIR=third get pods -v=6
    KUBECACHEDIR=third get pods -v=6
    HOME=/nowhere get pods --cache-dir=fourth -v=6
    get pods --cache-dir=web.yaml/x
    get pods --warnings-as-errors
    get cs --warnings-as-errors
    get componentstatuses
    get pods --match-server-version
    get pods --as=jane --as-uid=1 --as-group=a --as-group=b
    auth whoami --as=jane --as-uid=1 --as-group=a --as-group=b
    auth whoami --as=jane -o jsonpath={.status.userInfo}
    auth whoami --as=system:serviceaccount:default:default
  `),
};
