sed -i '/serviceName: nginx/a\  podManagementPolicy: Parallel\n  selector:\n    matchLabels:\n      app: nginx' web.yaml
kubectl apply -f web.yaml
kubectl scale statefulset web --replicas=3
kubectl rollout status statefulset web --timeout=120s
