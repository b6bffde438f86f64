import { isErrno } from "../errno.ts";
import { Accounts } from "./support/accounts.ts";
import { BACKUP_OPTIONS, backupsOf } from "./support/backups.ts";
import { Copier, destinations, PRESERVE_NOTHING } from "./support/copying.ts";
import { changeMode, compileMode } from "./support/modes.ts";
import { directoryName } from "./support/paths.ts";
import { type Tool, tool } from "./support/tool.ts";

const OPTIONS = {
  ...BACKUP_OPTIONS,
  c: { short: "c", help: "(ignored)" },
  compare: { short: "C", long: "compare", help: "compare content of source and destination files" },
  directory: { short: "d", long: "directory", help: "treat all arguments as directory names" },
  parents: { short: "D", help: "create all leading components of DEST except the last" },
  group: { short: "g", long: "group", value: true, help: "set group ownership" },
  mode: { short: "m", long: "mode", value: true, help: "set permission mode (as in chmod), instead of rwxr-xr-x" },
  owner: { short: "o", long: "owner", value: true, help: "set ownership (super-user only)" },
  times: { short: "p", long: "preserve-timestamps", help: "apply access/modification times of SOURCE files" },
  strip: { short: "s", long: "strip", help: "not available here" },
  target: { short: "t", long: "target-directory", value: true, help: "copy all SOURCE arguments into DIRECTORY" },
  plain: { short: "T", long: "no-target-directory", help: "treat DEST as a normal file" },
  verbose: { short: "v", long: "verbose", help: "print the name of each directory as it is created" },
} as const;

export const install = tool(
  { name: "install", usage: "[OPTION]... SOURCE DEST", summary: "Copy files and set attributes.", options: OPTIONS },
  async (tool) => {
    const { process, operands } = tool;
    const { files } = process;
    if (tool.has("strip")) return tool.die("--strip is not available here");
    const text = tool.value("mode") ?? "755";
    const changes = compileMode(text);
    if (changes === undefined) return tool.die(`invalid mode ${tool.word(text)}`);
    if (tool.has("directory") && tool.has("target"))
      return tool.die("target directory not allowed when installing a directory");
    const accounts = new Accounts(process);
    const [owner, group] = [tool.value("owner"), tool.value("group")];
    const uid = owner === undefined ? undefined : accounts.userId(owner);
    const gid = group === undefined ? undefined : accounts.groupId(group);
    if (owner !== undefined && uid === undefined) return tool.die(`invalid user ${tool.word(owner)}`);
    if (group !== undefined && gid === undefined) return tool.die(`invalid group ${tool.word(group)}`);
    const finish = (path: string, isDirectory: boolean): Promise<boolean> =>
      tool.attempt(`cannot change permissions of ${tool.named(path)}`, () => {
        const stat = files.stat(path);
        if (uid !== undefined || gid !== undefined) files.chown(path, uid ?? stat.uid, gid ?? stat.gid);
        files.chmod(path, changeMode(changes, 0, isDirectory, 0).mode);
      });
    /** Makes what is missing above. False after a complaint. */
    const makeAll = async (path: string): Promise<boolean> => {
      if (path === "") return true;
      if (files.exists(path)) {
        if (files.stat(path).type === "directory") return true;
        await tool.complain(`cannot create directory ${tool.named(path)}: File exists`);
        return false;
      }
      const above = directoryName(path);
      if (above !== path && !(await makeAll(above))) return false;
      const made = await tool.attempt(`cannot create directory ${tool.named(path)}`, () =>
        files.makeDirectory(path, { mode: 0o777 }),
      );
      if (made && tool.has("verbose")) await tool.out.write(`install: creating directory ${tool.named(path)}\n`);
      return made;
    };
    if (tool.has("directory")) {
      if (operands.length === 0) return tool.usage("missing file operand");
      for (const path of operands) if (await makeAll(path)) await finish(path, true);
      return tool.status;
    }
    if (tool.has("parents") && !tool.has("target") && operands.length === 2) {
      if (!(await makeAll(directoryName(operands[1] as string)))) return 1;
    } else if (tool.has("parents") && tool.has("target") && !(await makeAll(tool.value("target") as string))) return 1;
    const where = await destinations(tool as unknown as Tool, operands, {
      targetDirectory: tool.value("target"),
      plain: tool.has("plain"),
    });
    if (where === undefined) return 1;
    const copier = new Copier(tool as unknown as Tool, {
      recursive: false,
      preserve: { ...PRESERVE_NOTHING, times: tool.has("times") },
      follow: "always",
      force: true,
      removesFirst: true,
      overwrite: "always",
      update: false,
      verbose: tool.has("verbose"),
      backup: backupsOf(tool as unknown as Tool<typeof BACKUP_OPTIONS>),
      moves: false,
    });
    for (const source of where.sources) {
      const target = where.targetOf(source);
      if (tool.has("compare") && same(source, target)) continue;
      if (await copier.copy(source, target)) await finish(target, false);
    }
    return tool.status;

    function same(source: string, target: string): boolean {
      try {
        const [a, b] = [files.readFile(source), files.readFile(target)];
        const stat = files.stat(target);
        const owned = (uid ?? process.uid) === stat.uid && (gid ?? process.gid) === stat.gid;
        return (
          owned &&
          stat.mode === changeMode(changes ?? [], 0, false, 0).mode &&
          a.length === b.length &&
          a.every((byte, at) => byte === b[at])
        );
      } catch (error) {
        if (isErrno(error)) return false;
        throw error;
      }
    }
  },
);
