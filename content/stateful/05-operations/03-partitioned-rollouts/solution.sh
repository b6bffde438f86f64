sed -i 's/partition: 0/partition: 3/; s/nginx:1.26/nginx:1.27/' web.yaml
kubectl apply -f web.yaml
kubectl rollout status statefulset web --timeout=120s
# checkpoint: canary
kubectl patch statefulset web -p '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":0}}}}'
kubectl rollout status statefulset web --timeout=300s
# checkpoint: promote
kubectl patch statefulset web -p '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":4}}}}'
kubectl set image statefulset/web nginx=nginx:1.28
kubectl rollout status statefulset web --timeout=120s
kubectl rollout undo statefulset web
