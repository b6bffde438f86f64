# Say which Pods belong to the StatefulSet, then let the replicas introduce themselves.
sed -i 's/^  replicas: 2$/  replicas: 2\n  selector:\n    matchLabels:\n      app: nginx/' web.yaml
kubectl apply -f web.yaml
kubectl rollout status statefulset/web --timeout=120s
kubectl exec web-0 -- sh -c 'hostname > /usr/share/nginx/html/index.html'
kubectl exec web-1 -- sh -c 'hostname > /usr/share/nginx/html/index.html'
kubectl exec web-0 -- sh -c 'echo remember me > /usr/share/nginx/html/note.txt'
