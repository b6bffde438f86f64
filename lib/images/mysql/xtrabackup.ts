/** Percona XtraBackup 2.4: a copy of a running server's data directory, and xbstream, which carries it. */
import { isErrno, type Process } from "../../machine/index.ts";
import { StreamReader } from "../kit/reader.ts";
import { readConfig } from "./config.ts";
import { askPassword, dial, readOptions, type ServerLink, Unreachable } from "./connect.ts";
import { BrokenStream, readStream, streamFile } from "./xbstream.ts";

const encoder = new TextEncoder();

/** Not part of a copy: what only the server it came from is, and its binary logs. */
const LEFT_OUT =
  /^(auto\.cnf|master\.info|relay-log\.info|.*\.pid|.*-bin\.\d+|.*-bin\.index|binlog\.\d+|binlog\.index|xtrabackup_.*|change_master_to\.sql\..*|lost\+found|grastate\.dat|gvwstate\.dat)$/;

export async function xtrabackup(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  const flag = (name: string) => args.includes(`--${name}`);
  const value = (name: string) => args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
  if (flag("version") || flag("v")) {
    await process.stderr.write(
      "xtrabackup version 2.4.4 based on MySQL server 5.7.13 Linux (x86_64) (revision id: df58cf2)\n",
    );
    return 0;
  }
  const known =
    /^--(backup|prepare|slave-info|no-timestamp|apply-log-only|stream=xbstream|target-dir=.*|datadir=.*|host=.*|user=.*|password=.*|port=\d+|defaults-file=.*|parallel=\d+|compress-threads=\d+|use-memory=.*)$/;
  const strange = args.find((arg) => !known.test(arg));
  if (strange !== undefined) {
    await process.stderr.write(`xtrabackup: unknown option '${strange}'\n`);
    return 2;
  }
  const say = (text: string) => {
    const time = new Date(process.clock.now()).toISOString();
    return process.stderr.write(`${time.slice(2, 10).replaceAll("-", "")} ${time.slice(11, 19)} ${text}\n`);
  };
  if (flag("prepare")) return prepare(process, value("target-dir") ?? "./xtrabackup_backupfiles", say);
  if (!flag("backup")) {
    await process.stderr.write("xtrabackup: Error: one of --backup, --prepare is needed\n");
    return 1;
  }
  const config = readConfig(process);
  const data = value("datadir") ?? (typeof config === "string" ? "/var/lib/mysql" : config.dataDirectory);
  const options = readOptions(
    process,
    "xtrabackup",
    args.filter((arg) => /^--(host|user|password|port)=/.test(arg)),
  );
  if (typeof options === "string") throw new Error(options);
  await askPassword(process, { ...options, insecure: false }, "xtrabackup");
  let link: ServerLink;
  try {
    await say(
      `version_check Connecting to MySQL server with DSN 'dbi:mysql:;mysql_read_default_group=xtrabackup;host=${options.host}' as '${options.user}'  (using password: ${options.password === "" ? "NO" : "YES"}).`,
    );
    link = await dial(process, options);
  } catch (problem) {
    if (!(problem instanceof Unreachable)) throw problem;
    await say(`Failed to connect to MySQL server: ${problem.message.replace(/^ERROR \d+ \(\w+\): /, "")}.`);
    return 1;
  }
  try {
    return await backup(process, link, data, { target: value("target-dir"), slaveInfo: flag("slave-info") }, say);
  } catch (problem) {
    if (!isErrno(problem)) throw problem;
    await say(`xtrabackup: Error: ${problem.message}`);
    return 1;
  } finally {
    link.close();
  }
}

async function backup(
  process: Process,
  link: ServerLink,
  data: string,
  how: { readonly target: string | undefined; readonly slaveInfo: boolean },
  say: (text: string) => Promise<void>,
): Promise<number> {
  const write = async (path: string, bytes: Uint8Array) => {
    if (how.target === undefined) {
      for (const chunk of streamFile(path, bytes)) await process.stdout.write(chunk);
      return;
    }
    const full = `${how.target}/${path}`;
    process.files.makeDirectory(full.slice(0, full.lastIndexOf("/")), { recursive: true });
    process.files.writeFile(full, bytes);
  };
  const row = async (sql: string): Promise<Record<string, string> | undefined> => {
    const result = await link.ask(sql);
    if (result === undefined || !("columns" in result) || result.rows[0] === undefined) return undefined;
    const [values] = result.rows;
    return Object.fromEntries(result.columns.map((name, index) => [name, String(values?.[index] ?? "")]));
  };
  // Nothing is written while it copies: file and position fit together.
  await say("Executing FLUSH TABLES WITH READ LOCK...");
  const locked = await link.ask("FLUSH TABLES WITH READ LOCK");
  if (locked === undefined || "error" in locked) {
    await say(
      `xtrabackup: Error: failed to execute query FLUSH TABLES WITH READ LOCK: ${locked?.error.message ?? "Lost connection to MySQL server"}`,
    );
    return 1;
  }
  const source = await row("SHOW MASTER STATUS");
  const replica = how.slaveInfo ? await row("SHOW SLAVE STATUS") : undefined;
  if (how.slaveInfo && replica === undefined)
    await say(
      "Failed to get master binlog coordinates from SHOW SLAVE STATUS.\nThis means that the server is not a replication slave. Ignoring the --slave-info option",
    );
  const { files } = process;
  const copy = async (path: string): Promise<void> => {
    for (const { name, type } of files.list(path === "" ? data : `${data}/${path}`)) {
      if (path === "" && LEFT_OUT.test(name)) continue;
      const inner = path === "" ? name : `${path}/${name}`;
      if (type === "directory") await copy(inner);
      else if (type === "file") {
        await say(`[01] ${how.target === undefined ? "Streaming" : "Copying"} ./${inner}`);
        const bytes = files.readFile(`${data}/${inner}`);
        await process.spend(bytes.length / 100);
        await write(inner, bytes);
        await say("[01]        ...done");
      }
    }
    // An empty directory would be lost on the way.
    if (path !== "" && files.list(`${data}/${path}`).length === 0) await write(`${path}/db.opt`, new Uint8Array(0));
  };
  await copy("");
  const text = (name: string, content: string) => write(name, encoder.encode(content));
  if (replica !== undefined)
    await text(
      "xtrabackup_slave_info",
      `CHANGE MASTER TO MASTER_LOG_FILE='${replica["Relay_Master_Log_File"]}', MASTER_LOG_POS=${replica["Exec_Master_Log_Pos"]};\n`,
    );
  if (source !== undefined) await text("xtrabackup_binlog_info", `${source["File"]}\t${source["Position"]}\n`);
  await text(
    "xtrabackup_checkpoints",
    "backup_type = full-backuped\nfrom_lsn = 0\nto_lsn = 2541000\nlast_lsn = 2541009\ncompact = 0\nrecover_binlog_info = 0\n",
  );
  await text("backup-my.cnf", "# This MySQL options file was generated by innobackupex.\n\n[mysqld]\n");
  await say("Executing UNLOCK TABLES");
  await link.ask("UNLOCK TABLES");
  await say("All tables unlocked");
  await say("completed OK!");
  return 0;
}

async function prepare(process: Process, target: string, say: (text: string) => Promise<void>): Promise<number> {
  const path = `${target}/xtrabackup_checkpoints`;
  await process.stderr.write(
    "xtrabackup version 2.4.4 based on MySQL server 5.7.13 Linux (x86_64) (revision id: df58cf2)\n",
  );
  await process.stderr.write(`xtrabackup: cd to ${target}\n`);
  if (!process.files.exists(path)) {
    await process.stderr.write(
      `xtrabackup: Error: cannot open ${path}\nxtrabackup: error: xtrabackup_read_metadata()\nxtrabackup: This target seems not to have correct metadata...\n`,
    );
    return 1;
  }
  process.files.writeFile(path, process.files.readText(path).replace("full-backuped", "full-prepared"));
  await say("completed OK!");
  return 0;
}

/** xbstream -x [-C directory]: files out of a stream. Making one (-c) is left to xtrabackup. */
export async function xbstream(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  const at = args.indexOf("-C");
  const directory =
    at === -1 ? (args.find((arg) => arg.startsWith("--directory="))?.slice(12) ?? ".") : (args[at + 1] ?? ".");
  if (!args.includes("-x") && !args.includes("--extract")) {
    await process.stderr.write("xbstream: only -x (extract) is available here\n");
    return 1;
  }
  const { files } = process;
  try {
    for await (const { path, offset, data } of readStream(new StreamReader(process.stdin))) {
      const full = `${directory}/${path}`;
      files.makeDirectory(full.slice(0, full.lastIndexOf("/")), { recursive: true });
      await process.spend(data.length / 100);
      files.writeFile(full, data, offset > 0 ? { append: true } : { mode: 0o640 });
    }
    return 0;
  } catch (problem) {
    if (!(problem instanceof BrokenStream) && !(problem instanceof RangeError)) throw problem;
    await process.stderr.write(`xb_stream_read_chunk(): ${problem.message}\n`);
    return 1;
  }
}
