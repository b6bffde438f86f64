/**
 * Kubernetes' task "Run a Replicated Stateful Application", command by command: MySQL with replicas that clone the one
 * before them by XtraBackup. Manifests are our own. (kubernetes/website,
 * docs/tasks/run-application/run-replicated-stateful-application)
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Learner, learner } from "./learner.ts";
import { table, walker } from "./tutorial.ts";

const DISK = `apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: disk}
provisioner: disk.csi.statecraft.dev
`;

const MYSQL = `apiVersion: v1
kind: ConfigMap
metadata: {name: mysql, labels: {app: mysql}}
data:
  primary.cnf: |
    [mysqld]
    log-bin
  replica.cnf: |
    [mysqld]
    super-read-only
---
apiVersion: v1
kind: Service
metadata: {name: mysql, labels: {app: mysql}}
spec:
  clusterIP: None
  selector: {app: mysql}
  ports: [{name: mysql, port: 3306}]
---
apiVersion: v1
kind: Service
metadata: {name: mysql-read, labels: {app: mysql, readonly: "true"}}
spec:
  selector: {app: mysql}
  ports: [{name: mysql, port: 3306}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: mysql}
spec:
  selector: {matchLabels: {app: mysql}}
  serviceName: mysql
  replicas: 3
  template:
    metadata: {labels: {app: mysql}}
    spec:
      initContainers:
      - name: init-mysql
        image: mysql:5.7
        command:
        - bash
        - -c
        - |
          set -ex
          [[ $HOSTNAME =~ -([0-9]+)$ ]] || exit 1
          number=\${BASH_REMATCH[1]}
          printf '[mysqld]\\nserver-id=%d\\n' $((100 + number)) > /mnt/conf.d/server-id.cnf
          role=replica
          [[ $number -eq 0 ]] && role=primary
          cp /mnt/config-map/$role.cnf /mnt/conf.d/
        volumeMounts: [{name: conf, mountPath: /mnt/conf.d}, {name: config-map, mountPath: /mnt/config-map}]
      - name: clone-mysql
        image: gcr.io/google-samples/xtrabackup:1.0
        command:
        - bash
        - -c
        - |
          set -ex
          [[ -d /var/lib/mysql/mysql ]] && exit 0
          [[ $HOSTNAME =~ -([0-9]+)$ ]] || exit 1
          number=\${BASH_REMATCH[1]}
          [[ $number -eq 0 ]] && exit 0
          ncat --recv-only mysql-$((number - 1)).mysql 3307 | xbstream -x -C /var/lib/mysql
          xtrabackup --prepare --target-dir=/var/lib/mysql
        volumeMounts:
        - {name: data, mountPath: /var/lib/mysql, subPath: mysql}
        - {name: conf, mountPath: /etc/mysql/conf.d}
      containers:
      - name: mysql
        image: mysql:5.7
        env: [{name: MYSQL_ALLOW_EMPTY_PASSWORD, value: "1"}]
        ports: [{name: mysql, containerPort: 3306}]
        volumeMounts:
        - {name: data, mountPath: /var/lib/mysql, subPath: mysql}
        - {name: conf, mountPath: /etc/mysql/conf.d}
        resources: {requests: {cpu: 500m, memory: 1Gi}}
        livenessProbe:
          exec: {command: [mysqladmin, ping]}
          initialDelaySeconds: 30
          periodSeconds: 10
          timeoutSeconds: 5
        readinessProbe:
          exec: {command: [mysql, -h, 127.0.0.1, -e, SELECT 1]}
          initialDelaySeconds: 5
          periodSeconds: 2
          timeoutSeconds: 1
      - name: xtrabackup
        image: gcr.io/google-samples/xtrabackup:1.0
        ports: [{name: xtrabackup, containerPort: 3307}]
        command:
        - bash
        - -c
        - |
          set -ex
          cd /var/lib/mysql
          if [[ -s xtrabackup_slave_info ]]; then
            # Cloned from a replica: where that one stood in the primary's log.
            sed -E 's/;$//' xtrabackup_slave_info > change_master_to.sql.in
            rm -f xtrabackup_slave_info xtrabackup_binlog_info
          elif [[ -f xtrabackup_binlog_info ]]; then
            # Cloned from the primary: where its log stood.
            [[ \`cat xtrabackup_binlog_info\` =~ ^(.*?)[[:space:]]+(.*?)$ ]] || exit 1
            rm -f xtrabackup_binlog_info xtrabackup_slave_info
            echo "CHANGE MASTER TO MASTER_LOG_FILE='\${BASH_REMATCH[1]}', MASTER_LOG_POS=\${BASH_REMATCH[2]}" > change_master_to.sql.in
          fi
          if [[ -f change_master_to.sql.in ]]; then
            until mysql -h 127.0.0.1 -e "SELECT 1"; do sleep 1; done
            mysql -h 127.0.0.1 -e "$(<change_master_to.sql.in), MASTER_HOST='mysql-0.mysql', MASTER_USER='root', MASTER_PASSWORD='', MASTER_CONNECT_RETRY=10; START SLAVE;" || exit 1
            mv change_master_to.sql.in change_master_to.sql.orig
          fi
          exec ncat --listen --keep-open --send-only --max-conns=1 3307 -c "xtrabackup --backup --slave-info --stream=xbstream --host=127.0.0.1 --user=root"
        volumeMounts:
        - {name: data, mountPath: /var/lib/mysql, subPath: mysql}
        - {name: conf, mountPath: /etc/mysql/conf.d}
        resources: {requests: {cpu: 100m, memory: 100Mi}}
      volumes:
      - {name: conf, emptyDir: {}}
      - {name: config-map, configMap: {name: mysql}}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec:
      accessModes: [ReadWriteOnce]
      storageClassName: disk
      resources: {requests: {storage: 10Gi}}
`;

const HELLO = "+---------+\n| message |\n+---------+\n| hello   |\n+---------+\n";

describe("Run a Replicated Stateful Application", () => {
  let me: Learner;
  beforeAll(async () => {
    me = await learner({ files: { "mysql.yaml": MYSQL }, setup: DISK, latencies: "realistic", nodes: 4 });
  });
  afterAll(() => me.close());
  const { ok, watching } = walker(() => me);
  const client = (flags: string, command: string) =>
    `kubectl run mysql-client --image=mysql:5.7 -i ${flags}--rm --restart=Never -- ${command}`;
  const terminal = async (command: string) => (await me.run(client("-t ", command))).stdout.replaceAll("\r", "");
  /** Who answers at mysql-read, after many questions. */
  const readers = async () => {
    const loop = `kubectl exec mysql-0 -c mysql -- bash -c 'for n in {1..40}; do mysql -h mysql-read -N -e "SELECT @@server_id"; done'`;
    return [...new Set((await ok(loop)).trim().split("\n"))].sort();
  };
  const replica = async (pod: string) => {
    const rows = await ok(`kubectl exec ${pod} -c mysql -- mysql -e 'SHOW SLAVE STATUS\\G'`);
    const value = (name: string) => new RegExp(`^ *${name}: (.*)$`, "m").exec(rows)?.[1];
    return {
      host: value("Master_Host"),
      io: value("Slave_IO_Running"),
      sql: value("Slave_SQL_Running"),
      behind: value("Seconds_Behind_Master"),
    };
  };

  it("starts one server after the other, through both init containers", async () => {
    const seen = await watching("kubectl get pods -l app=mysql --watch", async () => {
      expect(await ok("kubectl apply -f mysql.yaml")).toBe(
        "configmap/mysql created\nservice/mysql created\nservice/mysql-read created\nstatefulset.apps/mysql created\n",
      );
      await me.settle();
    });
    expect(seen.filter((line) => /2\/2|Init:|PodInit/.test(line))).toEqual(
      ["mysql-0", "mysql-1", "mysql-2"].flatMap((pod) => [
        `${pod} 0/2 Init:0/2`,
        `${pod} 0/2 Init:1/2`,
        `${pod} 0/2 PodInitializing`,
        `${pod} 2/2 Running`,
      ]),
    );
    expect(await ok("kubectl logs mysql-2 -c clone-mysql")).toMatch(/completed OK!\n$/);
    const following = { host: "mysql-0.mysql", io: "Yes", sql: "Yes", behind: "0" };
    expect(await replica("mysql-1")).toEqual(following);
    expect(await replica("mysql-2")).toEqual(following);
  });

  it("replicates what is written to the primary, and refuses writes elsewhere", async () => {
    await ok(
      `${client("", "mysql -h mysql-0.mysql")} <<EOF\nCREATE DATABASE test;\nCREATE TABLE test.messages (message VARCHAR(250));\nINSERT INTO test.messages VALUES ('hello');\nEOF`,
    );
    expect(await terminal('mysql -h mysql-read -e "SELECT * FROM test.messages"')).toBe(
      `${HELLO}pod "mysql-client" deleted\n`,
    );
    for (const pod of ["mysql-1", "mysql-2"])
      expect(await ok(`kubectl exec ${pod} -c mysql -- mysql -t -e 'SELECT * FROM test.messages'`)).toBe(HELLO);
    expect(
      (await me.run(`kubectl exec mysql-1 -c mysql -- mysql -e "INSERT INTO test.messages VALUES ('no')"`)).stderr,
    ).toContain(
      "ERROR 1290 (HY000) at line 1: The MySQL server is running with the --super-read-only option so it cannot execute this statement\n",
    );
    expect(await ok(`kubectl exec mysql-1 -c mysql -- mysql -t -e 'SELECT @@server_id,NOW()'`)).toMatch(
      /^\+-------------\+---------------------\+\n\| @@server_id \| NOW\(\) {15}\|\n\+-------------\+---------------------\+\n\| {9}101 \| \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \|\n/,
    );
    expect(await readers()).toEqual(["100", "101", "102"]);
  });

  it("takes a server out of the Service while its probe fails", async () => {
    await ok("kubectl exec mysql-2 -c mysql -- mv /usr/bin/mysql /usr/bin/mysql.off");
    await me.sandbox.advance({ withinMs: 10_000, untilSettled: false });
    // The page says 1/2 here. Where the runtime cannot start the command, containerd says so, and the kubelet throws
    // the result away (pkg/kubelet/prober/worker.go, doProbe): only a command that runs and fails counts.
    expect(table(await ok("kubectl get pod mysql-2"))).toEqual([["mysql-2", "2/2", "Running", "0"]]);
    expect(await ok("kubectl get events --field-selector involvedObject.name=mysql-2,reason=Unhealthy")).toContain(
      'exec: "mysql": executable file not found in $PATH',
    );
    await ok(
      `kubectl exec mysql-2 -c mysql -- bash -c 'printf "#!/bin/sh\nexit 1\n" > /usr/bin/mysql; chmod 755 /usr/bin/mysql'`,
    );
    await me.sandbox.advance({ withinMs: 10_000, untilSettled: false });
    expect(table(await ok("kubectl get pod mysql-2"))).toEqual([["mysql-2", "1/2", "Running", "0"]]);
    expect(await readers()).toEqual(["100", "101"]);
    await ok("kubectl exec mysql-2 -c mysql -- mv /usr/bin/mysql.off /usr/bin/mysql");
    await me.sandbox.advance({ withinMs: 5000, untilSettled: false });
    expect(await readers()).toEqual(["100", "101", "102"]);
  });

  it("replaces a deleted Pod on its data, and one whose node is drained", async () => {
    expect(await ok("kubectl delete pod mysql-2")).toBe('pod "mysql-2" deleted\n');
    await ok(`kubectl exec mysql-0 -c mysql -- mysql -e "INSERT INTO test.messages VALUES ('meanwhile')"`);
    await me.settle();
    // What it missed it gets from where it stood; nothing is cloned again.
    expect(await ok("kubectl logs mysql-2 -c clone-mysql")).toBe("+ [[ -d /var/lib/mysql/mysql ]]\n+ exit 0\n");
    expect(await replica("mysql-2")).toMatchObject({ io: "Yes", sql: "Yes" });
    const count = "mysql -N -e 'SELECT COUNT(*) FROM test.messages'";
    expect(await ok(`kubectl exec mysql-2 -c mysql -- ${count}`)).toBe("2\n");

    const node = await ok("kubectl get pod mysql-2 -o jsonpath={.spec.nodeName}");
    const seen = await watching("kubectl get pod mysql-2 --watch", async () => {
      expect(await ok(`kubectl drain ${node} --force --delete-emptydir-data --ignore-daemonsets`)).toContain(
        `node/${node} drained\n`,
      );
      await me.settle();
    });
    expect(seen.slice(-6)).toEqual([
      "mysql-2 0/2 Pending",
      "mysql-2 0/2 Init:0/2",
      "mysql-2 0/2 Init:1/2",
      "mysql-2 0/2 PodInitializing",
      "mysql-2 1/2 Running",
      "mysql-2 2/2 Running",
    ]);
    expect(await ok("kubectl get pod mysql-2 -o jsonpath={.spec.nodeName}")).not.toBe(node);
    expect(await ok(`kubectl exec mysql-2 -c mysql -- ${count}`)).toBe("2\n");
    expect(await ok(`kubectl uncordon ${node}`)).toBe(`node/${node} uncordoned\n`);
  });

  it("scales: new replicas have the data from before, claims outlive them", async () => {
    expect(await ok("kubectl scale statefulset mysql  --replicas=5")).toBe("statefulset.apps/mysql scaled\n");
    await me.settle();
    expect(await readers()).toEqual(["100", "101", "102", "103", "104"]);
    expect(await terminal('mysql -h mysql-3.mysql -e "SELECT * FROM test.messages LIMIT 1"')).toContain(HELLO);
    await ok("kubectl scale statefulset mysql --replicas=3");
    await me.settle();
    expect(table(await ok("kubectl get pvc -l app=mysql")).map(([name, phase]) => [name, phase])).toEqual(
      [0, 1, 2, 3, 4].map((ordinal) => [`data-mysql-${ordinal}`, "Bound"]),
    );
    expect(await ok("kubectl delete pvc data-mysql-3 && kubectl delete pvc data-mysql-4")).toBe(
      'persistentvolumeclaim "data-mysql-3" deleted\npersistentvolumeclaim "data-mysql-4" deleted\n',
    );
    await ok("kubectl delete statefulset mysql");
    await me.settle();
    expect((await me.run("kubectl get pods -l app=mysql")).stderr).toBe("No resources found in default namespace.\n");
    expect(await ok("kubectl delete configmap,service,pvc -l app=mysql")).toContain(
      'persistentvolumeclaim "data-mysql-0" deleted\n',
    );
  });
});

describe("a primary that comes back", () => {
  let me: Learner;
  beforeAll(async () => {
    me = await learner({ files: { "mysql.yaml": MYSQL.replace("replicas: 3", "replicas: 2") }, setup: DISK });
    await me.ok("kubectl apply -f mysql.yaml");
    await me.settle();
  });
  afterAll(() => me.close());

  it("is found again by its replicas, which go on in its next log", async () => {
    const sql = (pod: string, text: string) => me.ok(`kubectl exec ${pod} -c mysql -- mysql -N -e "${text}"`);
    await sql("mysql-0", "CREATE DATABASE d; CREATE TABLE d.t (k INT PRIMARY KEY)");
    await me.ok("kubectl delete pod mysql-0");
    await me.sandbox.advance({ withinMs: 2000, untilSettled: false });
    expect(await me.ok("kubectl exec mysql-1 -c mysql -- mysql -e 'SHOW SLAVE STATUS\\G'")).toMatch(
      /Slave_IO_Running: Connecting\n[\s\S]*Last_IO_Error: error reconnecting to master 'root@mysql-0.mysql:3306' - retry-time: 10 {2}retries: \d+/,
    );
    await me.settle();
    await me.sandbox.advance({ withinMs: 15_000, untilSettled: false });
    await sql("mysql-0", "INSERT INTO d.t VALUES (1)");
    expect(await sql("mysql-1", "SELECT k FROM d.t")).toBe("1\n");
    expect(await sql("mysql-0", "SHOW MASTER STATUS")).toMatch(/^mysql-0-bin\.000003\t\d+\t/);
  });

  it("and a replica that was written to stops at what it cannot apply, and says so", async () => {
    const sql = (pod: string, text: string) => me.ok(`kubectl exec ${pod} -c mysql -- mysql -N -e "${text}"`);
    await sql("mysql-1", "SET GLOBAL super_read_only = OFF; INSERT INTO d.t VALUES (2)");
    await sql("mysql-0", "INSERT INTO d.t VALUES (2); INSERT INTO d.t VALUES (3)");
    const status = await me.ok("kubectl exec mysql-1 -c mysql -- mysql -e 'SHOW SLAVE STATUS\\G'");
    expect(status).toMatch(/Slave_SQL_Running: No\n/);
    expect(status).toContain("Last_SQL_Errno: 1062\n");
    expect(status).toMatch(
      /Last_SQL_Error: Error 'Duplicate entry '2' for key .*' on query. Default database: ''. Query: 'INSERT INTO d.t VALUES \(2\)'/,
    );
    expect(status).toContain("Seconds_Behind_Master: NULL\n");
    await sql("mysql-1", "STOP SLAVE; DELETE FROM d.t WHERE k = 2; START SLAVE");
    expect(await sql("mysql-1", "SELECT k FROM d.t ORDER BY k")).toBe("1\n2\n3\n");
  });
});
