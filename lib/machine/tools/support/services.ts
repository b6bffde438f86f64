/** Ports by name: /etc/services, where there is one. */
import { isErrno } from "../../errno.ts";
import type { Process } from "../../types.ts";

/** What a machine that has the file finds in it. */
export const SERVICES_FILE = [
  "ftp 21",
  "ssh 22",
  "telnet 23",
  "smtp 25 mail",
  "domain 53",
  "http 80 www",
  "kerberos 88 kerberos5 krb5 kerberos-sec",
  "pop3 110 pop-3",
  "imap2 143 imap",
  "ldap 389",
  "https 443",
  "submission 587",
  "ldaps 636",
  "imaps 993",
  "pop3s 995",
  "ms-sql-s 1433",
  "nfs 2049",
  "mysql 3306",
  "epmd 4369",
  "postgresql 5432 postgres",
  "amqp 5672",
  "redis 6379",
  "bbs 7000",
  "http-alt 8080 webcache",
  "git 9418",
  "zabbix-agent 10050",
]
  .map((line) => {
    const [name = "", port = "", ...aliases] = line.split(" ");
    return `${name.padEnd(15)} ${port}/tcp${aliases.map((alias) => ` ${alias}`).join("")}\n`;
  })
  .join("");

function entries(process: Process): { readonly names: readonly string[]; readonly port: number }[] {
  let text = "";
  try {
    text = process.files.readText("/etc/services");
  } catch (error) {
    if (!isErrno(error)) throw error;
  }
  return text.split("\n").flatMap((line) => {
    const [name, where = "", ...aliases] = line.replace(/#.*/, "").trim().split(/\s+/);
    const port = /^(\d+)\/tcp$/.exec(where)?.[1];
    return name === undefined || port === undefined ? [] : [{ names: [name, ...aliases], port: Number(port) }];
  });
}

export const serviceName = (process: Process, port: number): string | undefined =>
  entries(process).find((entry) => entry.port === port)?.names[0];

export const servicePort = (process: Process, name: string): number | undefined =>
  entries(process).find((entry) => entry.names.includes(name))?.port;
