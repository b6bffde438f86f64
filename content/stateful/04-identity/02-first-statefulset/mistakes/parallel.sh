sed -i 's/^  replicas: 2$/  replicas: 2\n  podManagementPolicy: Parallel\n  selector:\n    matchLabels:\n      app: nginx/' web.yaml
kubectl apply -f web.yaml
kubectl rollout status statefulset/web --timeout=120s
