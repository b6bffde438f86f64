/**
 * Programs named kubectl-* as commands: what is listed, warned of, run, and completed. What is expected is what kubectl
 * 1.33 said of the same files, both outputs in one, its exit code last.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Learner, learner } from "./learner.ts";

/** "directory/name" and what the script does. */
const PROGRAMS: Readonly<Record<string, string>> = {
  "a/kubectl-foo": "echo foo $*",
  "b/kubectl-foo": "echo foo2",
  "a/kubectl-get": "echo get",
  "a/kubectl-create-foo": "echo cf $*",
  "a/kubectl-config-view": "echo",
  "a/kubectl-foo-bar_baz": "echo fbb $*",
  "a/kubectl-with.dot": "echo dot $*",
  "a/kubectl_complete-foo": `echo one; echo "two	second"; echo ":4"; echo args: $* >&2`,
  "a/kubectl_complete-create-foo": "echo x; echo :1",
  "a/kubectl-exit": "exit 7",
  "a/kubectl-Upper": "echo upper",
  "b/kubectl-version": "echo v",
};
const PATH = "/tmp/plugins/a:/tmp/plugins/b:/tmp/plugins/nope::/tmp/plugins/a/:/usr/bin:/bin";

const SAID: readonly (readonly [line: string, said: string])[] = [
  [
    "plugin list",
    'Unable to read directory "/tmp/plugins/nope" from your PATH: open /tmp/plugins/nope: no such file or directory. Skipping...\nThe following compatible plugins are available:\n\n/tmp/plugins/a/kubectl-Upper\n/tmp/plugins/a/kubectl-broken\n  - error: unable to identify /tmp/plugins/a/kubectl-broken as an executable file: stat /tmp/plugins/a/kubectl-broken: no such file or directory\n/tmp/plugins/a/kubectl-config-view\n  - warning: kubectl-config-view overwrites existing command: "kubectl config view"\n/tmp/plugins/a/kubectl-create-foo\n  - warning: kubectl-create-foo overwrites existing command: "kubectl create"\n/tmp/plugins/a/kubectl-exit\n/tmp/plugins/a/kubectl-foo\n/tmp/plugins/a/kubectl-foo-bar_baz\n/tmp/plugins/a/kubectl-get\n  - warning: kubectl-get overwrites existing command: "kubectl get"\n/tmp/plugins/a/kubectl-noexec\n  - warning: /tmp/plugins/a/kubectl-noexec identified as a kubectl plugin, but it is not executable\n/tmp/plugins/a/kubectl-with.dot\n/tmp/plugins/b/kubectl-foo\n  - warning: /tmp/plugins/b/kubectl-foo is overshadowed by a similarly named plugin: /tmp/plugins/a/kubectl-foo\n/tmp/plugins/b/kubectl-version\n  - warning: kubectl-version overwrites existing command: "kubectl version"\n/tmp/plugins/a/kubectl-Upper\n  - warning: /tmp/plugins/a/kubectl-Upper is overshadowed by a similarly named plugin: /tmp/plugins/a/kubectl-Upper\n/tmp/plugins/a/kubectl-broken\n  - error: unable to identify /tmp/plugins/a/kubectl-broken as an executable file: stat /tmp/plugins/a/kubectl-broken: no such file or directory\n  - warning: /tmp/plugins/a/kubectl-broken is overshadowed by a similarly named plugin: /tmp/plugins/a/kubectl-broken\n/tmp/plugins/a/kubectl-config-view\n  - warning: /tmp/plugins/a/kubectl-config-view is overshadowed by a similarly named plugin: /tmp/plugins/a/kubectl-config-view\n  - warning: kubectl-config-view overwrites existing command: "kubectl config view"\n/tmp/plugins/a/kubectl-create-foo\n  - warning: /tmp/plugins/a/kubectl-create-foo is overshadowed by a similarly named plugin: /tmp/plugins/a/kubectl-create-foo\n  - warning: kubectl-create-foo overwrites existing command: "kubectl create"\n/tmp/plugins/a/kubectl-exit\n  - warning: /tmp/plugins/a/kubectl-exit is overshadowed by a similarly named plugin: /tmp/plugins/a/kubectl-exit\n/tmp/plugins/a/kubectl-foo\n  - warning: /tmp/plugins/a/kubectl-foo is overshadowed by a similarly named plugin: /tmp/plugins/a/kubectl-foo\n/tmp/plugins/a/kubectl-foo-bar_baz\n  - warning: /tmp/plugins/a/kubectl-foo-bar_baz is overshadowed by a similarly named plugin: /tmp/plugins/a/kubectl-foo-bar_baz\n/tmp/plugins/a/kubectl-get\n  - warning: /tmp/plugins/a/kubectl-get is overshadowed by a similarly named plugin: /tmp/plugins/a/kubectl-get\n  - warning: kubectl-get overwrites existing command: "kubectl get"\n/tmp/plugins/a/kubectl-noexec\n  - warning: /tmp/plugins/a/kubectl-noexec identified as a kubectl plugin, but it is not executable\n  - warning: /tmp/plugins/a/kubectl-noexec is overshadowed by a similarly named plugin: /tmp/plugins/a/kubectl-noexec\n/tmp/plugins/a/kubectl-with.dot\n  - warning: /tmp/plugins/a/kubectl-with.dot is overshadowed by a similarly named plugin: /tmp/plugins/a/kubectl-with.dot\nerror: 22 plugin warnings were found\n[1]\n',
  ],
  [
    "plugin list --name-only",
    'Unable to read directory "/tmp/plugins/nope" from your PATH: open /tmp/plugins/nope: no such file or directory. Skipping...\nThe following compatible plugins are available:\n\nkubectl-Upper\nkubectl-broken\n  - error: unable to identify /tmp/plugins/a/kubectl-broken as an executable file: stat /tmp/plugins/a/kubectl-broken: no such file or directory\nkubectl-config-view\n  - warning: kubectl-config-view overwrites existing command: "kubectl config view"\nkubectl-create-foo\n  - warning: kubectl-create-foo overwrites existing command: "kubectl create"\nkubectl-exit\nkubectl-foo\nkubectl-foo-bar_baz\nkubectl-get\n  - warning: kubectl-get overwrites existing command: "kubectl get"\nkubectl-noexec\n  - warning: /tmp/plugins/a/kubectl-noexec identified as a kubectl plugin, but it is not executable\nkubectl-with.dot\nkubectl-foo\n  - warning: /tmp/plugins/b/kubectl-foo is overshadowed by a similarly named plugin: /tmp/plugins/a/kubectl-foo\nkubectl-version\n  - warning: kubectl-version overwrites existing command: "kubectl version"\nkubectl-Upper\n  - warning: /tmp/plugins/a/kubectl-Upper is overshadowed by a similarly named plugin: /tmp/plugins/a/kubectl-Upper\nkubectl-broken\n  - error: unable to identify /tmp/plugins/a/kubectl-broken as an executable file: stat /tmp/plugins/a/kubectl-broken: no such file or directory\n  - warning: /tmp/plugins/a/kubectl-broken is overshadowed by a similarly named plugin: /tmp/plugins/a/kubectl-broken\nkubectl-config-view\n  - warning: /tmp/plugins/a/kubectl-config-view is overshadowed by a similarly named plugin: /tmp/plugins/a/kubectl-config-view\n  - warning: kubectl-config-view overwrites existing command: "kubectl config view"\nkubectl-create-foo\n  - warning: /tmp/plugins/a/kubectl-create-foo is overshadowed by a similarly named plugin: /tmp/plugins/a/kubectl-create-foo\n  - warning: kubectl-create-foo overwrites existing command: "kubectl create"\nkubectl-exit\n  - warning: /tmp/plugins/a/kubectl-exit is overshadowed by a similarly named plugin: /tmp/plugins/a/kubectl-exit\nkubectl-foo\n  - warning: /tmp/plugins/a/kubectl-foo is overshadowed by a similarly named plugin: /tmp/plugins/a/kubectl-foo\nkubectl-foo-bar_baz\n  - warning: /tmp/plugins/a/kubectl-foo-bar_baz is overshadowed by a similarly named plugin: /tmp/plugins/a/kubectl-foo-bar_baz\nkubectl-get\n  - warning: /tmp/plugins/a/kubectl-get is overshadowed by a similarly named plugin: /tmp/plugins/a/kubectl-get\n  - warning: kubectl-get overwrites existing command: "kubectl get"\nkubectl-noexec\n  - warning: /tmp/plugins/a/kubectl-noexec identified as a kubectl plugin, but it is not executable\n  - warning: /tmp/plugins/a/kubectl-noexec is overshadowed by a similarly named plugin: /tmp/plugins/a/kubectl-noexec\nkubectl-with.dot\n  - warning: /tmp/plugins/a/kubectl-with.dot is overshadowed by a similarly named plugin: /tmp/plugins/a/kubectl-with.dot\nerror: 22 plugin warnings were found\n[1]\n',
  ],
  ["foo a -b", "foo a -b\n[0]\n"],
  ["foo-bar", 'error: unknown command "foo-bar" for "kubectl"\n[1]\n'],
  ["foo bar-baz x", "fbb x\n[0]\n"],
  ["create foo x y", "cf x y\n[0]\n"],
  ["create foo", "cf\n[0]\n"],
  ["exit", "[7]\n"],
  ["noexec", 'error: unknown command "noexec" for "kubectl"\n\nDid you mean this?\n\texec\n[1]\n'],
  ["dir", 'error: unknown command "dir" for "kubectl"\n\nDid you mean this?\n\tedit\n\tdiff\n[1]\n'],
  ["broken", 'error: unknown command "broken" for "kubectl"\n[1]\n'],
  ["with.dot a", "dot a\n[0]\n"],
  ["upper", 'error: unknown command "upper" for "kubectl"\n[1]\n'],
  ["-n x foo", "Error: flags cannot be placed before plugin name: -n\n[1]\n"],
  ["foo -n x", "foo -n x\n[0]\n"],
  ["foo --help", "foo --help\n[0]\n"],
  [
    "__complete foo ''",
    "[Debug] Cleared global flags for plugin completion\n[Debug] About to look for: kubectl_complete-foo\n[Debug] About to call: /tmp/plugins/a/kubectl_complete-foo \nargs:\nbar-baz\tThe command bar-baz is a plugin installed by the user\none\ntwo\tsecond\n:4\nCompletion ended with directive: ShellCompDirectiveNoFileComp\n[0]\n",
  ],
  [
    "__complete foo a ''",
    "[Debug] Cleared global flags for plugin completion\n[Debug] About to look for: kubectl_complete-foo\n[Debug] About to call: /tmp/plugins/a/kubectl_complete-foo a \nargs: a\none\ntwo\tsecond\n:4\nCompletion ended with directive: ShellCompDirectiveNoFileComp\n[0]\n",
  ],
  [
    "__complete foo -n ''",
    "[Debug] Cleared global flags for plugin completion\n[Debug] About to look for: kubectl_complete-foo\n[Debug] About to call: /tmp/plugins/a/kubectl_complete-foo -n \nargs: -n\none\ntwo\tsecond\n:4\nCompletion ended with directive: ShellCompDirectiveNoFileComp\n[0]\n",
  ],
  ["__complete create foo ''", ":0\nCompletion ended with directive: ShellCompDirectiveDefault\n[0]\n"],
  [
    "__complete fo",
    "foo\tThe command foo is a plugin installed by the user\n:4\nCompletion ended with directive: ShellCompDirectiveNoFileComp\n[0]\n",
  ],
  [
    "__completeNoDesc foo ''",
    "[Debug] Cleared global flags for plugin completion\n[Debug] About to look for: kubectl_complete-foo\n[Debug] About to call: /tmp/plugins/a/kubectl_complete-foo \nargs:\nbar-baz\none\ntwo\n:4\nCompletion ended with directive: ShellCompDirectiveNoFileComp\n[0]\n",
  ],
  [
    "__complete exit ''",
    "[Debug] Cleared global flags for plugin completion\n[Debug] About to look for: kubectl_complete-exit\n[Debug] Plugin kubectl-exit does not provide a matching completion executable\n:0\nCompletion ended with directive: ShellCompDirectiveDefault\n[0]\n",
  ],
];

describe("kubectl with plugins", () => {
  let me: Learner;
  beforeAll(async () => {
    me = await learner({});
    const made = Object.entries(PROGRAMS).map(
      ([name, text]) => `printf '#!/bin/sh\n%s\n' '${text}' > ${name}; chmod +x ${name}`,
    );
    await me.ok(`mkdir -p /tmp/plugins/a/kubectl-dir /tmp/plugins/b; cd /tmp/plugins
${made.join("\n")}
echo x > a/kubectl-noexec; ln -s nowhere a/kubectl-broken`);
  });
  afterAll(() => me.close());

  it.each(SAID)("kubectl %s", async (line, said) => {
    expect(await me.ok(`cd /tmp/plugins; PATH=${PATH} /usr/local/bin/kubectl ${line} 2>&1; echo "[$?]"`)).toBe(said);
  });
});
