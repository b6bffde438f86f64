/** What `help` says of the builtins: how they are called, and what for. */
interface Synopsis {
  readonly usage: string;
  readonly purpose: string;
}

const entry = (usage: string, purpose: string): Synopsis => ({ usage, purpose });

export const SYNOPSES: Readonly<Record<string, Synopsis>> = {
  ".": entry(". filename [arguments]", "Execute commands from a file in the current shell."),
  ":": entry(":", "Null command."),
  "[": entry("[ arg... ]", "Evaluate conditional expression."),
  alias: entry("alias [-p] [name[=value] ... ]", "Define or display aliases."),
  bg: entry("bg [job_spec ...]", "Move jobs to the background."),
  break: entry("break [n]", "Exit for, while, or until loops."),
  builtin: entry("builtin [shell-builtin [arg ...]]", "Execute shell builtins."),
  caller: entry("caller [expr]", "Return the context of the current subroutine call."),
  cd: entry("cd [-L|[-P [-e]] [-@]] [dir]", "Change the shell working directory."),
  command: entry("command [-pVv] command [arg ...]", "Execute a simple command or display information about commands."),
  compgen: entry(
    "compgen [-abcdefgjksuv] [-o option] [-A action] [-G globpat] [-W wordlist] [-F function] [-C command] [-X filterpat] [-P prefix] [-S suffix] [word]",
    "Display possible completions depending on the options.",
  ),
  complete: entry(
    "complete [-abcdefgjksuv] [-pr] [-DEI] [-o option] [-A action] [-G globpat] [-W wordlist] [-F function] [-C command] [-X filterpat] [-P prefix] [-S suffix] [name ...]",
    "Specify how arguments are to be completed by Readline.",
  ),
  compopt: entry("compopt [-o|+o option] [-DEI] [name ...]", "Modify or display completion options."),
  continue: entry("continue [n]", "Resume for, while, or until loops."),
  declare: entry(
    "declare [-aAfFgiIlnrtux] [name[=value] ...] or declare -p [-aAfFilnrtux] [name ...]",
    "Set variable values and attributes.",
  ),
  dirs: entry("dirs [-clpv] [+N] [-N]", "Display directory stack."),
  disown: entry("disown [-h] [-ar] [jobspec ... | pid ...]", "Remove jobs from current shell."),
  echo: entry("echo [-neE] [arg ...]", "Write arguments to the standard output."),
  enable: entry("enable [-a] [-dnps] [-f filename] [name ...]", "Enable and disable shell builtins."),
  eval: entry("eval [arg ...]", "Execute arguments as a shell command."),
  exec: entry(
    "exec [-cl] [-a name] [command [argument ...]] [redirection ...]",
    "Replace the shell with the given command.",
  ),
  exit: entry("exit [n]", "Exit the shell."),
  export: entry("export [-fn] [name[=value] ...] or export -p", "Set export attribute for shell variables."),
  false: entry("false", "Return an unsuccessful result."),
  fc: entry(
    "fc [-e ename] [-lnr] [first] [last] or fc -s [pat=rep] [command]",
    "Display or execute commands from the history list.",
  ),
  fg: entry("fg [job_spec]", "Move job to the foreground."),
  getopts: entry("getopts optstring name [arg ...]", "Parse option arguments."),
  hash: entry("hash [-lr] [-p pathname] [-dt] [name ...]", "Remember or display program locations."),
  help: entry("help [-dms] [pattern ...]", "Display information about builtin commands."),
  history: entry(
    "history [-c] [-d offset] [n] or history -anrw [filename] or history -ps arg [arg...]",
    "Display or manipulate the history list.",
  ),
  jobs: entry("jobs [-lnprs] [jobspec ...] or jobs -x command [args]", "Display status of jobs."),
  kill: entry(
    "kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]",
    "Send a signal to a job.",
  ),
  let: entry("let arg [arg ...]", "Evaluate arithmetic expressions."),
  local: entry("local [option] name[=value] ...", "Define local variables."),
  logout: entry("logout [n]", "Exit a login shell."),
  mapfile: entry(
    "mapfile [-d delim] [-n count] [-O origin] [-s count] [-t] [-u fd] [-C callback] [-c quantum] [array]",
    "Read lines from the standard input into an indexed array variable.",
  ),
  popd: entry("popd [-n] [+N | -N]", "Remove directories from stack."),
  printf: entry("printf [-v var] format [arguments]", "Formats and prints ARGUMENTS under control of the FORMAT."),
  pushd: entry("pushd [-n] [+N | -N | dir]", "Add directories to stack."),
  pwd: entry("pwd [-LP]", "Print the name of the current working directory."),
  read: entry(
    "read [-ers] [-a array] [-d delim] [-i text] [-n nchars] [-N nchars] [-p prompt] [-t timeout] [-u fd] [name ...]",
    "Read a line from the standard input and split it into fields.",
  ),
  readarray: entry(
    "readarray [-d delim] [-n count] [-O origin] [-s count] [-t] [-u fd] [-C callback] [-c quantum] [array]",
    "Read lines from a file into an array variable.",
  ),
  readonly: entry("readonly [-aAf] [name[=value] ...] or readonly -p", "Mark shell variables as unchangeable."),
  return: entry("return [n]", "Return from a shell function."),
  set: entry(
    "set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]",
    "Set or unset values of shell options and positional parameters.",
  ),
  shift: entry("shift [n]", "Shift positional parameters."),
  shopt: entry("shopt [-pqsu] [-o] [optname ...]", "Set and unset shell options."),
  source: entry("source filename [arguments]", "Execute commands from a file in the current shell."),
  suspend: entry("suspend [-f]", "Suspend shell execution."),
  test: entry("test [expr]", "Evaluate conditional expression."),
  times: entry("times", "Display process times."),
  trap: entry("trap [-lp] [[arg] signal_spec ...]", "Trap signals and other events."),
  true: entry("true", "Return a successful result."),
  type: entry("type [-afptP] name [name ...]", "Display information about command type."),
  typeset: entry(
    "typeset [-aAfFgiIlnrtux] name[=value] ... or typeset -p [-aAfFilnrtux] [name ...]",
    "Set variable values and attributes.",
  ),
  ulimit: entry("ulimit [-SHabcdefiklmnpqrstuvxPRT] [limit]", "Modify shell resource limits."),
  umask: entry("umask [-p] [-S] [mode]", "Display or set file mode mask."),
  unalias: entry("unalias [-a] name [name ...]", "Remove each NAME from the list of defined aliases."),
  unset: entry("unset [-f] [-v] [-n] [name ...]", "Unset values and attributes of shell variables and functions."),
  wait: entry("wait [-fn] [-p var] [id ...]", "Wait for job completion and return exit status."),
};
