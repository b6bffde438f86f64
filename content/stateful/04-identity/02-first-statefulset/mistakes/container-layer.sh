# The volume is mounted, but not where nginx looks for its pages.
sed -i 's/^  replicas: 2$/  replicas: 2\n  selector:\n    matchLabels:\n      app: nginx/; s#mountPath: /usr/share/nginx/html#mountPath: /data#' web.yaml
kubectl apply -f web.yaml
kubectl rollout status statefulset/web --timeout=120s
kubectl exec web-0 -- sh -c 'echo remember me > /usr/share/nginx/html/note.txt'
