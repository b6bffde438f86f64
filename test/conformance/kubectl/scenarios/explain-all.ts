/** explain of every kind, cp and what port-forward refuses: their corners. */
import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

const KINDS =
  "bindings certificatesigningrequests.certificates.k8s.io clusterrolebindings.rbac.authorization.k8s.io clusterroles.rbac.authorization.k8s.io componentstatuses configmaps controllerrevisions.apps cronjobs.batch csidrivers.storage.k8s.io csinodes.storage.k8s.io csistoragecapacities.storage.k8s.io customresourcedefinitions.apiextensions.k8s.io daemonsets.apps deployments.apps endpoints endpointslices.discovery.k8s.io events horizontalpodautoscalers.autoscaling ingressclasses.networking.k8s.io ingresses.networking.k8s.io ipaddresses.networking.k8s.io jobs.batch leases.coordination.k8s.io limitranges localsubjectaccessreviews.authorization.k8s.io namespaces networkpolicies.networking.k8s.io nodes nodes.metrics.k8s.io persistentvolumeclaims persistentvolumes poddisruptionbudgets.policy pods podtemplates priorityclasses.scheduling.k8s.io replicasets.apps replicationcontrollers resourcequotas rolebindings.rbac.authorization.k8s.io roles.rbac.authorization.k8s.io runtimeclasses.node.k8s.io secrets selfsubjectaccessreviews.authorization.k8s.io selfsubjectreviews.authentication.k8s.io selfsubjectrulesreviews.authorization.k8s.io serviceaccounts servicecidrs.networking.k8s.io services statefulsets.apps storageclasses.storage.k8s.io subjectaccessreviews.authorization.k8s.io tokenreviews.authentication.k8s.io validatingadmissionpolicies.admissionregistration.k8s.io validatingadmissionpolicybindings.admissionregistration.k8s.io volumeattachments.storage.k8s.io volumeattributesclasses.storage.k8s.io".split(
    " ",
  );

export const EXPLAIN_ALL: Scenario = {
  name: "explain of every kind, and what is copied and forwarded",
  files: FILES,
  steps: lines(`
    ${KINDS.map((kind) => `explain ${kind}`).join("\n")}
    explain cm --recursive
    explain ns --recursive
    explain jobs --recursive
    explain pods.spec.containers.env.valueFrom
    explain pods.spec.containers.ports.protocol
    explain deploy.spec.strategy --recursive
    explain pods.metadata.labels
    explain pods.spec.nodeSelector
    explain pods.spec.volumes.csi
    explain crd.spec.versions.schema
    explain crd.spec.versions.schema.openAPIV3Schema
    explain crd.spec.versions.schema.openAPIV3Schema.properties
    explain pods.status.conditions
    explain svc.spec.ports.targetPort
    explain pods.spec.containers.resources.limits
    explain sts.spec.volumeClaimTemplates --recursive
    explain events.events.k8s.io
    explain hpa.spec.metrics --api-version=autoscaling/v2
    explain hpa --api-version=autoscaling/v1
    explain pods.spec.restartPolicy
    explain pods.spec.restartPolicy --recursive
    explain pods.spec.containers.imagePullPolicy
    explain pods.spec.containers.imagePullPolicy --recursive
    explain svc.spec.type
    explain svc.spec.type --recursive
    explain deploy.spec.strategy.type
    explain deploy.spec.strategy.type --recursive
    explain ingress.spec.rules.http.paths.pathType
    explain ingress.spec.rules.http.paths.pathType --recursive
    explain pods.spec.tolerations.operator
    explain pods.spec.tolerations.operator --recursive
    apply -f pod.yaml
    wait --for=condition=Ready pod/two --timeout=20s
    cp
    cp a
    cp a b
    cp a b c
    cp two:/etc/hostname two:/tmp/x
    cp two: x
    cp :x y
    cp two:/etc/hostname
    cp a/b/c:d e
    cp nowhere two:/tmp/x
    cp cm.yaml two:/tmp/x -c nope
    cp cm.yaml two:/tmp/x
    cp cm.yaml two:/tmp/x -c one
    exec two -c one -- cat /tmp/x
    cp cm.yaml two:/nowhere/x -c one
    cp cm.yaml two:/tmp/ -c one
    exec two -c one -- ls /tmp
    cp dir two:/tmp -c one
    exec two -c one -- ls /tmp/dir
    cp dir two:/tmp/other -c one
    exec two -c one -- ls /tmp/other
    cp two:/tmp/x out -c one
    cp two:/tmp/dir outdir -c one
    cp two:tmp/x rel -c one
    cp two:/tmp/x nowhere/out -c one
    cp default/two:/tmp/x out2 -c one
    cp nope/two:/tmp/x out2 -c one
    cp cm.yaml nope:/tmp/x
    cp cm.yaml two:/etc/hostname/x -c one
    cp --retries=3 two:/tmp/x out3 -c one
    cp --retries=x two:/tmp/x out3
    cp --no-preserve cm.yaml two:/tmp/np -c one
    cp -n nope cm.yaml two:/tmp/np
    cp cm.yaml two:/tmp/../tmp/y -c one
    cp cm.yaml two:relative -c one
    cp cm.yaml web.yaml two:/tmp
    port-forward
    port-forward two
    port-forward nope 80
    port-forward pod/nope 80
    port-forward two x
    port-forward two 80:x
    port-forward two 0
    port-forward two 99999
    port-forward two 70000:80
    port-forward two :
    port-forward svc/nope 80
    port-forward svc/kubernetes 80
    port-forward svc/kubernetes 443
    port-forward deploy/nope 80
    port-forward cm/x 80
    port-forward two 8080:80 --address=nope
    port-forward two 8080:80 --address=
    port-forward two 8080:80 --address=300.1.1.1
    port-forward two 8080 --pod-running-timeout=x
    port-forward two 80 a/b
    port-forward pod/two pod/two 80
    port-forward two https
    port-forward two 8080:https
    port-forward nothing/x 80
  `),
};
