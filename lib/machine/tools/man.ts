/** man: short pages of our own, made of what the tools say of themselves, and a few written for what people look up. */
import type { Process, Program } from "../types.ts";

interface Page {
  readonly section: number;
  readonly summary: string;
  readonly body: string;
}

const PAGES: Readonly<Record<string, Page>> = {
  awk: {
    section: 1,
    summary: "pattern scanning and processing language",
    body: "awk [-F fs] [-v var=value] 'program' [file ...]\n\nEach record (line) is split into fields $1, $2, ... $NF. A program is a list of\n\n    pattern { action }\n\nBEGIN and END run before and after all records.\n\nEXAMPLES\n    awk '{ print $1, $NF }' file\n    kubectl get pods | awk 'NR > 1 && $3 != \"Running\" { print $1 }'\n    awk -F: '{ n[$7]++ } END { for (shell in n) print shell, n[shell] }' /etc/passwd",
  },
  bash: {
    section: 1,
    summary: "the shell",
    body: "Lists: a; b   a && b   a || b   a &\nPipes: a | b   a |& b\nRedirections: < file   > file   >> file   2>&1   <<EOF   <<< word   <(command)\nExpansions: $x ${x:-default} ${x#prefix} ${x%suffix} ${x//a/b} $(command) $((1 + 2)) {a,b} {1..3} *.yaml\nTests: [[ -f file && $x == pattern ]]   (( n > 3 ))\nLoops: for x in ...; do ...; done   while ...; do ...; done   case $x in ...) ... ;; esac\nKeys: ^R search history, ^A ^E line start and end, ^W word back, ^U line, ^C interrupt, ^Z stop, ^D end\nhelp NAME tells of builtins.",
  },
  git: {
    section: 1,
    summary: "version control",
    body: "git init   git add FILE   git commit -m MESSAGE   git status   git diff   git log --oneline\ngit switch -c BRANCH   git merge BRANCH   git rebase BRANCH   git stash   git restore FILE\n\ngit clone PATH   git fetch   git pull   git push   git rebase -i BASE   git bisect   git reflog\n\nRepositories are kept as everywhere; of others only those on this file system can be reached, by their paths.\ngit help lists the commands, git COMMAND -h how one is used.",
  },
  jq: {
    section: 1,
    summary: "command-line JSON processor",
    body: "jq [-r] [-c] [-n] [-s] [-e] [--arg name value] 'filter' [file ...]\n\nEXAMPLES\n    kubectl get pods -o json | jq -r '.items[].metadata.name'\n    jq '.items[] | select(.status.phase != \"Running\") | {name: .metadata.name, phase: .status.phase}'\n    jq 'group_by(.kind) | map({kind: .[0].kind, count: length})'\n\njq --help lists the options.",
  },
  kubectl: {
    section: 1,
    summary: "controls a Kubernetes cluster",
    body: "kubectl get|describe|apply|delete|logs|exec|explain ... [-n namespace] [-o yaml]\n\nEXAMPLES\n    kubectl get pods -A -o wide\n    kubectl describe statefulset web\n    kubectl explain statefulset.spec.volumeClaimTemplates\n    kubectl logs -f web-0 --previous\n    kubectl exec -it web-0 -- sh\n\nkubectl --help and kubectl COMMAND --help tell more.",
  },
  nano: {
    section: 1,
    summary: "a small editor",
    body: "nano [+line[,column]] [file]\n\n^O write   ^X exit   ^W search   ^K cut line   ^U paste   ^Z undo   ^_ go to line   ^C where am I",
  },
  vi: {
    section: 1,
    summary: "an editor",
    body: "vi [+line] [file]\n\ni a o  insert   ESC  back to commands   x dd yy p u ^R  delete, copy, put, undo, redo\n/text n N  search   :%s/a/b/g  substitute   :w :q :wq :q!  write and leave",
  },
  yq: {
    section: 1,
    summary: "YAML and JSON processor",
    body: "yq [-i] [-o json|yaml|props] [-P] 'expression' [file ...]\n\nEXAMPLES\n    yq .spec.replicas web.yaml\n    yq -i '.spec.replicas = 5' web.yaml\n    yq -o json . web.yaml",
  },
};

async function captured(process: Process, name: string): Promise<string | undefined> {
  const program = process.machine.programs.get(name);
  // Full-screen tools and shells have no page of their own making.
  if (program === undefined || /^(?:bash|sh|ash|vi|vim|nano|less|more|watch|top|yes|busybox)/.test(name))
    return undefined;
  let text = "";
  const out = {
    write: async (data: Uint8Array | string) => {
      if (text.length < 20_000) text += typeof data === "string" ? data : new TextDecoder().decode(data);
    },
    close: () => undefined,
  };
  const child = process.spawn({
    argv: [name, "--help"],
    program,
    stdout: out,
    stderr: { write: async () => undefined, close: () => undefined },
  });
  const { code } = await child.exited;
  return code === 0 && /^usage/i.test(text) ? text : undefined;
}

export const man: Program = async (process) => {
  const words = process.argv.slice(1);
  const keyword = words[0] === "-k" || words[0] === "-f";
  const names = words.filter((word) => !/^-|^\d$/.test(word));
  const [name] = names;
  if (name === undefined) {
    await process.stderr.write("What manual page do you want?\nFor example, try 'man man'.\n");
    return 1;
  }
  if (keyword) {
    const found = Object.entries(PAGES).filter(([page, { summary }]) => page.includes(name) || summary.includes(name));
    for (const [page, { section, summary }] of found)
      await process.stdout.write(`${`${page} (${section})`.padEnd(21)}- ${summary}\n`);
    if (found.length === 0) await process.stderr.write(`${name}: nothing appropriate.\n`);
    return found.length === 0 ? 16 : 0;
  }
  const page = Object.hasOwn(PAGES, name) ? PAGES[name] : undefined;
  const body = page?.body ?? (await captured(process, name));
  if (body === undefined) {
    await process.stderr.write(`No manual entry for ${name}\n`);
    return 16;
  }
  const title = `${name.toUpperCase()}(${page?.section ?? 1})`;
  const indent = (text: string) =>
    text
      .split("\n")
      .map((line) => (line === "" ? "" : `       ${line}`))
      .join("\n");
  const head = `${title}${"User Commands".padStart(33 + (13 - title.length))}${title.padStart(32)}`;
  const text = `${head}\n\nNAME\n       ${name}${page === undefined ? "" : ` - ${page.summary}`}\n\nSYNOPSIS\n${indent(body.trimEnd())}\n`;
  if (!process.isTerminal(1) || process.machine.programs.get("less") === undefined) {
    await process.stdout.write(text);
    return 0;
  }
  const { reader, writer } = process.pipe();
  const pager = process.spawn({
    argv: ["less"],
    descriptors: new Map([...process.descriptors, [0, reader]]),
  });
  reader.close();
  await writer.writer?.write(text);
  writer.close();
  return (await pager.exited).code;
};
