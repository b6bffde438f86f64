/**
 * kubectl completion: scripts for four shells. They are our own and small: all knowledge is in `kubectl __complete`,
 * which answers with one candidate a line, described after a tab, and last ":" and a number of directives
 * (1: error, 2: no space, 4: no files, 8: file extensions, 16: directories).
 */
import type { Command } from "../command.ts";
import type { Invocation } from "../invocation.ts";

// `__start_kubectl` is the name that the documentation uses for an alias: complete -o default -F __start_kubectl k
const BASH = `# bash completion for kubectl
__kubectl_candidates() {
    local answer directive line
    answer=$(kubectl __complete "\${COMP_WORDS[@]:1:COMP_CWORD-1}" "\${COMP_WORDS[COMP_CWORD]}" 2>/dev/null)
    directive=\${answer##*:}
    answer=\${answer%:*}
    COMPREPLY=()
    case $directive in
    '' | *[!0-9]* | 1) return ;;
    esac
    if ((directive & 2)); then
        compopt -o nospace
    fi
    if ((directive & 4)); then
        compopt +o default
    fi
    while IFS= read -r line; do
        line=\${line%%$'\\t'*}
        if [[ -n $line && $line == "\${COMP_WORDS[COMP_CWORD]}"* ]]; then
            COMPREPLY+=("$line")
        fi
    done <<< "$answer"
}
__start_kubectl() {
    __kubectl_candidates
}
complete -o default -F __start_kubectl kubectl
`;

const ZSH = `#compdef kubectl
compdef _kubectl kubectl

# zsh completion for kubectl
_kubectl() {
    local answer directive line
    local -a candidates
    answer=$(kubectl __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
    directive=\${answer##*:}
    for line in "\${(@f)answer%:*}"; do
        [[ -z $line ]] && continue
        line=\${line//:/\\\\:}
        candidates+=("\${line//$'\\t'/:}")
    done
    if (( directive & 1 )); then
        return 1
    fi
    if (( directive & 2 )); then
        _describe -V kubectl candidates -S ''
    else
        _describe -V kubectl candidates
    fi
    if (( \${#candidates} == 0 && ! (directive & 4) )); then
        _files
    fi
}
if [ "$funcstack[1]" = "_kubectl" ]; then
    _kubectl
fi
`;

const FISH = `# fish completion for kubectl
function __kubectl_candidates
    set -l words (commandline -opc) (commandline -ct)
    set -l answer (kubectl __complete $words[2..-1] 2>/dev/null)
    set -l directive (string replace ':' '' -- $answer[-1])
    test (math "$directive % 2") -eq 1; and return 1
    for line in $answer[1..-2]
        echo $line
    end
end
complete -c kubectl -e
complete -k -c kubectl -f -a '(__kubectl_candidates)'
`;

const POWERSHELL = `# powershell completion for kubectl
Register-ArgumentCompleter -Native -CommandName 'kubectl' -ScriptBlock {
    param($word, $ast, $position)
    $words = @($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.Extent.Text })
    if ($word -eq '') { $words += '""' }
    $answer = @(& kubectl __complete @words 2>$null)
    if ($answer.Count -lt 2) { return }
    $answer[0..($answer.Count - 2)] | ForEach-Object {
        $name, $description = $_ -split "\`t", 2
        if (-not $description) { $description = $name }
        [System.Management.Automation.CompletionResult]::new($name, $name, 'ParameterValue', $description)
    }
}
`;

const SCRIPTS: Readonly<Record<string, string>> = { bash: BASH, fish: FISH, powershell: POWERSHELL, zsh: ZSH };

async function completion(invocation: Invocation): Promise<void> {
  const { args } = invocation;
  if (args.length === 0) throw invocation.usageError("Shell not specified.");
  if (args.length > 1) throw invocation.usageError("Too many arguments. Expected only the shell type.");
  const script = SCRIPTS[args[0] ?? ""];
  if (script === undefined) throw invocation.usageError(`Unsupported shell type ${JSON.stringify(args[0])}.`);
  await invocation.out(script);
}

export const COMPLETION: Command = {
  name: "completion",
  short: "Output shell completion code for the specified shell (bash, zsh, fish, or powershell)",
  arguments: "SHELL",
  examples: ["source <(kubectl completion bash)", "complete -o default -F __start_kubectl k"],
  completes: "shell",
  run: completion,
};

/** There are none in this version; what follows is ignored, as by upstream. */
export const ALPHA: Command = {
  name: "alpha",
  short: "Commands for features in alpha",
  hidden: true,
  run: (invocation) => invocation.err("No alpha commands are available in this version of kubectl\n"),
};
