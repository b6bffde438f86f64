sed -i '/clusterIP: None/d' web.yaml
sed -i '/serviceName: nginx/a\  selector:\n    matchLabels:\n      app: nginx' web.yaml
kubectl apply -f web.yaml
