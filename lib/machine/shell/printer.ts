/** Functions as bash prints them: `type f`, `declare -f`. */
import type {
  ArithmeticFor,
  Case,
  Command,
  CommandNode,
  CompoundList,
  If,
  PipelineNode,
  Redirection,
  Statement,
} from "unbash";
import type { FunctionDefinition } from "./functions.ts";

export function printFunction(definition: FunctionDefinition): string {
  return `${new Printer(definition.source.text).function(definition.name, definition.node.body)}\n`;
}

/** The value of an exported function's variable: as printed, each line behind one blank. */
export function printExported(definition: FunctionDefinition): string {
  const [, ...lines] = printFunction(definition).trimEnd().split("\n");
  const body = lines.slice(1, -1).map((line) => ` ${line.trimStart()}`);
  return `() { ${body.join("\n")}\n${lines.at(-1) ?? "}"}`;
}

class Printer {
  readonly #source: string;
  /** Here-documents to be written after the current line. */
  #documents: string[] = [];
  #wasDocument = false;

  constructor(source: string) {
    this.#source = source;
  }

  #text(node: { readonly pos: number; readonly end: number }): string {
    return this.#source.slice(node.pos, node.end);
  }

  function(name: string, body: CommandNode | CompoundList, indent = 0): string {
    const pad = " ".repeat(indent);
    const redirected = body.type === "Redirected" ? body : undefined;
    const inner = redirected?.command ?? body;
    const suffix = redirected === undefined ? "" : this.#redirects(redirected.redirects);
    const content =
      inner.type === "BraceGroup"
        ? this.#block(inner.body, indent + 4)
        : `${pad}    ${this.#command(inner as CommandNode, indent + 4)}\n`;
    return `${name} () \n${pad}{ \n${content}${pad}}${suffix}`;
  }

  /** `closed`: the last command ends in a semicolon too, as in loops and branches. */
  #block(list: CompoundList, indent: number, closed = false): string {
    const pad = " ".repeat(indent);
    let out = "";
    list.commands.forEach((statement, position) => {
      const last = position === list.commands.length - 1;
      out += `${pad}${this.#statement(statement, indent)}`;
      if (statement.background) out += " &";
      const documents = this.#pending();
      if (documents !== "") out += `\n${documents}\n`;
      else if ((last && !closed) || statement.background) out += "\n";
      else {
        // The first that would be parted by a semicolon after a here-document is not, as in bash's print_cmd.c.
        out += this.#wasDocument ? "\n" : ";\n";
        this.#wasDocument = false;
      }
    });
    return out;
  }

  /** The here-documents that wait, which are written now. */
  #pending(): string {
    const documents = this.#documents.join("");
    this.#documents = [];
    if (documents !== "") this.#wasDocument = true;
    return documents;
  }

  /** What joins two commands, with the here-documents of the one before. */
  #joint(operator: string, after: string): string {
    const documents = this.#pending();
    return documents === "" ? `${operator} ` : `${operator}${after}\n${documents}${after === "" ? "  " : " "}`;
  }

  /** `a; b` on one line, for conditions. */
  #inline(list: CompoundList, indent: number): string {
    return list.commands
      .map((statement) => this.#statement(statement, indent) + (statement.background ? " &" : ""))
      .join("; ");
  }

  #statement(statement: Statement, indent: number): string {
    const { command } = statement;
    if (command.type !== "AndOr") return this.#pipeline(command, indent);
    return command.commands
      .map(
        (each, position) =>
          (position === 0 ? "" : this.#joint(` ${command.operators[position - 1]}`, " ")) +
          this.#pipeline(each, indent),
      )
      .join("");
  }

  #pipeline(node: PipelineNode, indent: number): string {
    if (node.type !== "Pipeline") return this.#command(node, indent);
    const prefix = node.prefixes
      .map((each) => (each.type === "Negation" ? "! " : each.posix ? "time -p " : "time "))
      .join("");
    return (
      prefix +
      node.commands
        .map(
          (each, position) =>
            (position === 0 ? "" : this.#joint(node.operators[position - 1] === "|&" ? " 2>&1 |" : " |", "")) +
            this.#command(each, indent),
        )
        .join("")
    );
  }

  #command(node: CommandNode, indent: number): string {
    const pad = " ".repeat(indent);
    switch (node.type) {
      case "Command":
        return this.#simple(node);
      case "Redirected":
        return this.#command(node.command, indent) + this.#redirects(node.redirects);
      case "BraceGroup":
        return `{ \n${this.#block(node.body, indent + 4)}${pad}}`;
      case "Subshell":
        return `( ${this.#block(node.body, indent).trimStart().replace(/\n$/, "")} )`;
      case "If":
        return this.#if(node, indent);
      case "While":
        return `${node.kind} ${this.#inline(node.clause, indent)}; do\n${this.#block(node.body, indent + 4, true)}${pad}done`;
      case "For":
      case "Select": {
        const words = node.wordlist === undefined ? "" : ` in ${node.wordlist.map((word) => word.text).join(" ")}`;
        const keyword = node.type === "For" ? "for" : "select";
        return `${keyword} ${node.name.text}${words === "" ? ' in "$@"' : words};\n${pad}do\n${this.#block(node.body, indent + 4, true)}${pad}done`;
      }
      case "ArithmeticFor":
        return this.#arithmeticFor(node, indent);
      case "Case":
        return this.#case(node, indent);
      case "TestCommand":
        return `[[ ${this.#text(node)
          .replace(/^\[\[\s*/, "")
          .replace(/\s*\]\]$/, "")} ]]`;
      case "ArithmeticCommand":
        return `((${node.body}))`;
      case "Function":
        return `function ${this.function(node.name.value, node.body, indent)}`;
      case "Coproc":
        return `coproc ${node.name?.text ?? "COPROC"} ${node.body.type === "CompoundList" ? this.#text(node.body) : this.#command(node.body, indent)}`;
    }
  }

  #simple(node: Command): string {
    const parts: string[] = [];
    for (const item of [...node.prefix, ...(node.name === undefined ? [] : [node.name]), ...node.suffix]) {
      if (item.type === "Redirect" || item.type === "HereDoc" || item.type === "HereString") {
        parts.push(this.#redirect(item));
      } else parts.push(item.text);
    }
    return parts.join(" ");
  }

  #redirects(redirects: readonly Redirection[]): string {
    return redirects.map((redirect) => ` ${this.#redirect(redirect)}`).join("");
  }

  #redirect(redirect: Redirection): string {
    const { descriptor } = redirect;
    const number =
      descriptor === undefined
        ? ""
        : descriptor.type === "FileDescriptor"
          ? String(descriptor.value)
          : `{${descriptor.name}}`;
    if (redirect.type === "HereDoc") {
      const delimiter = redirect.delimiter?.value ?? "";
      this.#documents.push(`${redirect.body.text}${delimiter}\n`);
      return `${number}${redirect.operator}${redirect.delimiter?.quoted ? `'${delimiter}'` : delimiter}`;
    }
    const { operator } = redirect;
    const target = redirect.target?.text ?? "";
    if (operator === ">&" || operator === "<&") {
      return `${number === "" ? (operator === ">&" ? "1" : "0") : number}${operator}${target}`;
    }
    return `${number}${operator} ${target}`;
  }

  #if(node: If, indent: number): string {
    const pad = " ".repeat(indent);
    let out = `if ${this.#inline(node.clause, indent)}; then\n${this.#block(node.then, indent + 4, true)}`;
    let depth = 0;
    for (const branch of node.elif) {
      const deeper = " ".repeat(indent + 4 * (depth + 1));
      out += `${" ".repeat(indent + 4 * depth)}else\n${deeper}if ${this.#inline(branch.clause, indent)}; then\n${this.#block(branch.then, indent + 4 * (depth + 2), true)}`;
      depth++;
    }
    const inner = " ".repeat(indent + 4 * depth);
    if (node.else !== undefined) out += `${inner}else\n${this.#block(node.else, indent + 4 * (depth + 1), true)}`;
    for (; depth > 0; depth--)
      out += `${" ".repeat(indent + 4 * depth)}fi\n`.replace(/\n$/, ";\n").replace(/;\n$/, depth > 0 ? ";\n" : "\n");
    return `${out.replace(/fi;\n$/, "fi\n")}${pad}fi`;
  }

  #arithmeticFor(node: ArithmeticFor, indent: number): string {
    const pad = " ".repeat(indent);
    const part = (expression: { readonly pos: number; readonly end: number } | undefined): string =>
      expression === undefined ? "1" : this.#text(expression);
    return `for ((${part(node.initialize)}; ${part(node.test)}; ${part(node.update)}))\n${pad}do\n${this.#block(node.body, indent + 4, true)}${pad}done`;
  }

  #case(node: Case, indent: number): string {
    const pad = " ".repeat(indent);
    let out = `case ${node.word.text} in \n`;
    for (const item of node.items) {
      out += `${pad}    ${item.pattern.map((word) => word.text).join(" | ")})\n`;
      out += this.#block(item.body, indent + 8);
      out += `${pad}    ${item.terminator ?? ";;"}\n`;
    }
    return `${out}${pad}esac`;
  }
}
