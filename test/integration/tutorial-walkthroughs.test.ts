/**
 * Shorter pages of Kubernetes' documentation, command by command: the Job of pi, the autoscaler's walkthrough, and MySQL
 * behind WordPress. Manifests are our own.
 */
import { afterEach, describe, expect, it } from "vitest";
import { type Learner, learner } from "./learner.ts";
import { table } from "./tutorial.ts";

let me: Learner;
afterEach(() => me.close());
const advance = (seconds: number) => me.sandbox.advance({ withinMs: seconds * 1000, untilSettled: false });

const JOB = `apiVersion: batch/v1
kind: Job
metadata: {name: pi}
spec:
  backoffLimit: 4
  template:
    spec:
      restartPolicy: Never
      containers: [{name: pi, image: "perl:5.34.0", command: [perl, -Mbignum=bpi, -wle, "print bpi(2000)"]}]
`;

describe("Running an example Job", () => {
  it("computes pi, and says so in its log", async () => {
    me = await learner({ files: { "job.yaml": JOB } });
    expect(await me.ok("kubectl apply -f job.yaml")).toBe("job.batch/pi created\n");
    await advance(60);
    expect(table(await me.ok("kubectl get job pi")).map((row) => row.slice(0, 3))).toEqual([["pi", "Complete", "1/1"]]);
    const pods = await me.ok(
      "kubectl get pods --selector=batch.kubernetes.io/job-name=pi --output=jsonpath='{.items[*].metadata.name}'",
    );
    expect(pods).toMatch(/^pi-\w{5}$/);
    const digits = await me.ok(`kubectl logs ${pods}`);
    expect(digits).toBe(await me.ok("kubectl logs jobs/pi"));
    expect(digits).toHaveLength(2002);
    expect(digits).toMatch(/^3\.14159265358979323846264338327950288419716939937510[\d]*0275901\n$/);
  });

  it("refuses programs that it does not understand", async () => {
    me = await learner({ files: {} });
    const { stdout } = await me.run(
      `kubectl run p --image=perl:5.34 --restart=Never -i --rm -- perl -e 'my @x = (1..3); print scalar @x'`,
    );
    expect(stdout).not.toContain("3");
  });
});

const PHP = `apiVersion: apps/v1
kind: Deployment
metadata: {name: php-apache}
spec:
  selector: {matchLabels: {run: php-apache}}
  template:
    metadata: {labels: {run: php-apache}}
    spec:
      containers:
      - name: php-apache
        image: registry.k8s.io/hpa-example
        ports: [{containerPort: 80}]
        resources: {limits: {cpu: 500m}, requests: {cpu: 200m}}
---
apiVersion: v1
kind: Service
metadata: {name: php-apache, labels: {run: php-apache}}
spec:
  ports: [{port: 80}]
  selector: {run: php-apache}
`;

describe("HorizontalPodAutoscaler Walkthrough", () => {
  it("scales up under load, and down again when it is over", async () => {
    me = await learner({ files: { "php-apache.yaml": PHP }, latencies: "realistic" });
    expect(await me.ok("kubectl apply -f php-apache.yaml")).toBe(
      "deployment.apps/php-apache created\nservice/php-apache created\n",
    );
    await me.settle();
    expect(await me.ok("kubectl autoscale deployment php-apache --cpu-percent=50 --min=1 --max=10")).toBe(
      "horizontalpodautoscaler.autoscaling/php-apache autoscaled\n",
    );
    await advance(40);
    expect(table(await me.ok("kubectl get hpa"))).toEqual([
      ["php-apache", "Deployment/php-apache", "cpu: 0%/50%", "1", "10", "1"],
    ]);
    await me.ok(
      `kubectl run load-generator --image=busybox:1.28 --restart=Never -- /bin/sh -c "while sleep 0.01; do wget -q -O- http://php-apache; done"`,
    );
    await advance(40);
    const peak = Number(await me.ok("kubectl get deployment php-apache -o jsonpath={.spec.replicas}"));
    expect(peak).toBeGreaterThanOrEqual(4);
    await advance(90);
    // Spread over the Pods, the same load is about what was asked for.
    const [row] = table(await me.ok("kubectl get hpa"));
    expect(row?.[2]).toMatch(/^cpu: (4\d|5[0-5])%\/50%$/);
    expect(await me.ok("kubectl get deployment php-apache -o jsonpath={.status.readyReplicas}")).toBe(row?.[5]);
    await me.ok("kubectl delete pod load-generator --now");
    await advance(7 * 60);
    expect(table(await me.ok("kubectl get hpa"))).toEqual([
      ["php-apache", "Deployment/php-apache", "cpu: 0%/50%", "1", "10", "1"],
    ]);
  });
});

const WORDPRESS_MYSQL = `apiVersion: v1
kind: Service
metadata: {name: wordpress-mysql, labels: {app: wordpress}}
spec:
  clusterIP: None
  ports: [{port: 3306}]
  selector: {app: wordpress, tier: mysql}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: mysql-pv-claim, labels: {app: wordpress}}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 20Gi}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: wordpress-mysql, labels: {app: wordpress}}
spec:
  selector: {matchLabels: {app: wordpress, tier: mysql}}
  strategy: {type: Recreate}
  template:
    metadata: {labels: {app: wordpress, tier: mysql}}
    spec:
      containers:
      - name: mysql
        image: mysql:8.0
        env:
        - {name: MYSQL_ROOT_PASSWORD, valueFrom: &pass {secretKeyRef: {name: mysql-pass, key: password}}}
        - {name: MYSQL_DATABASE, value: wordpress}
        - {name: MYSQL_USER, value: wordpress}
        - {name: MYSQL_PASSWORD, valueFrom: *pass}
        ports: [{containerPort: 3306, name: mysql}]
        volumeMounts: [{name: storage, mountPath: /var/lib/mysql}]
      volumes: [{name: storage, persistentVolumeClaim: {claimName: mysql-pv-claim}}]
`;

describe("WordPress and MySQL with Persistent Volumes", () => {
  it("gives the application's user its database and nothing else, and keeps it", async () => {
    me = await learner({ files: { "mysql.yaml": WORDPRESS_MYSQL } });
    await me.ok("kubectl create secret generic mysql-pass --from-literal=password=YOUR_PASSWORD");
    await me.ok("kubectl apply -f mysql.yaml");
    await me.settle();
    expect(table(await me.ok("kubectl get pods"))).toEqual([
      [expect.stringMatching(/^wordpress-mysql-/), "1/1", "Running", "0"],
    ]);
    const sql = (user: string, text: string) =>
      me.run(
        `kubectl run client --image=mysql:8.0 -i --rm --restart=Never -- mysql -h wordpress-mysql -u${user} -pYOUR_PASSWORD -e "${text}"`,
      );
    expect((await sql("wordpress", "SHOW DATABASES")).stdout).toContain("Database\ninformation_schema\nwordpress\n");
    expect((await sql("wordpress", "CREATE TABLE wordpress.posts (id INT PRIMARY KEY, title TEXT)")).exitCode).toBe(0);
    expect((await sql("wordpress", "INSERT INTO wordpress.posts VALUES (1, 'Hello')")).exitCode).toBe(0);
    const refused = await sql("wordpress", "CREATE DATABASE other");
    expect(refused.stdout + refused.stderr).toContain(
      "ERROR 1044 (42000) at line 1: Access denied for user 'wordpress'@'%' to database 'other'\n",
    );
    const stranger = await sql("nobody", "SELECT 1");
    expect(stranger.stdout + stranger.stderr).toMatch(
      /ERROR 1045 \(28000\): Access denied for user 'nobody'@'10\.244\.\d+\.\d+' \(using password: YES\)/,
    );
    await me.ok("kubectl delete pod -l tier=mysql");
    await me.settle();
    expect((await sql("root", "SELECT title FROM wordpress.posts")).stdout).toContain("title\nHello\n");
  });
});
