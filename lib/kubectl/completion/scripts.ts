/**
 * Completion scripts for four shells, for whatever command answers `NAME __complete` as cobra's do: one candidate a line,
 * described after a tab, and last ":" and a number of directives (1: error, 2: no space, 4: no files, 8: file extensions,
 * 16: directories). They are our own and small: all knowledge is in the command.
 */

// `__start_NAME` is the function that documentation uses for an alias: complete -o default -F __start_kubectl k
const bash = (name: string) => `# bash completion for ${name}
__${name}_candidates() {
    local answer directive line
    answer=$(${name} __complete "\${COMP_WORDS[@]:1:COMP_CWORD-1}" "\${COMP_WORDS[COMP_CWORD]}" 2>/dev/null)
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
__start_${name}() {
    __${name}_candidates
}
complete -o default -F __start_${name} ${name}
`;

const zsh = (name: string) => `#compdef ${name}
compdef _${name} ${name}

# zsh completion for ${name}
_${name}() {
    local answer directive line
    local -a candidates
    answer=$(${name} __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
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
        _describe -V ${name} candidates -S ''
    else
        _describe -V ${name} candidates
    fi
    if (( \${#candidates} == 0 && ! (directive & 4) )); then
        _files
    fi
}
if [ "$funcstack[1]" = "_${name}" ]; then
    _${name}
fi
`;

const fish = (name: string) => `# fish completion for ${name}
function __${name}_candidates
    set -l words (commandline -opc) (commandline -ct)
    set -l answer (${name} __complete $words[2..-1] 2>/dev/null)
    set -l directive (string replace ':' '' -- $answer[-1])
    test (math "$directive % 2") -eq 1; and return 1
    for line in $answer[1..-2]
        echo $line
    end
end
complete -c ${name} -e
complete -k -c ${name} -f -a '(__${name}_candidates)'
`;

const powershell = (name: string) => `# powershell completion for ${name}
Register-ArgumentCompleter -Native -CommandName '${name}' -ScriptBlock {
    param($word, $ast, $position)
    $words = @($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.Extent.Text })
    if ($word -eq '') { $words += '""' }
    $answer = @(& ${name} __complete @words 2>$null)
    if ($answer.Count -lt 2) { return }
    $answer[0..($answer.Count - 2)] | ForEach-Object {
        $name, $description = $_ -split "\`t", 2
        if (-not $description) { $description = $name }
        [System.Management.Automation.CompletionResult]::new($name, $name, 'ParameterValue', $description)
    }
}
`;

const SCRIPTS: Readonly<Record<string, (name: string) => string>> = { bash, fish, powershell, zsh };

/** The script for a shell; undefined where the shell is not known. */
export function completionScript(shell: string, name: string): string | undefined {
  return Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell]?.(name) : undefined;
}
