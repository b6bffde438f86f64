/** The tree of a Go template, and its text as text/template/parse prints it in messages. */
import { quote } from "../encoding/index.ts";
import type { Value } from "./values.ts";

interface At {
  /** Code units from the start of the text it was parsed from. */
  readonly position: number;
  /** Where it was parsed from: errors name it. */
  readonly source: Source;
}
export interface Source {
  readonly name: string;
  readonly text: string;
}

export type Operand = At &
  (
    | { readonly type: "dot" | "nil" }
    | { readonly type: "bool"; readonly value: boolean }
    | { readonly type: "number"; readonly text: string; readonly value: Value; readonly integer: boolean }
    | { readonly type: "string"; readonly quoted: string; readonly value: string }
    | { readonly type: "field"; readonly fields: readonly string[] }
    | { readonly type: "variable"; readonly fields: readonly string[] }
    | { readonly type: "identifier"; readonly name: string }
    | { readonly type: "chain"; readonly node: Operand; readonly fields: readonly string[] }
    | Pipeline
  );

export interface Command extends At {
  readonly type: "command";
  readonly words: readonly Operand[];
}

export interface Pipeline extends At {
  readonly type: "pipeline";
  readonly declares: readonly string[];
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

export type TemplateNode = At &
  (
    | { readonly type: "text"; readonly text: string }
    | { readonly type: "action"; readonly pipeline: Pipeline }
    | { readonly type: "break" | "continue" }
    | {
        readonly type: "if" | "with" | "range";
        readonly pipeline: Pipeline;
        readonly body: readonly TemplateNode[];
        readonly otherwise: readonly TemplateNode[] | undefined;
      }
    | { readonly type: "template"; readonly name: string; readonly pipeline: Pipeline | undefined }
  );

export type AnyNode = TemplateNode | Operand | Command;

const list = (nodes: readonly TemplateNode[]): string => nodes.map(nodeText).join("");

export function nodeText(node: AnyNode): string {
  switch (node.type) {
    case "dot":
      return ".";
    case "nil":
      return "nil";
    case "bool":
      return String(node.value);
    case "number":
      return node.text;
    case "string":
      return node.quoted;
    case "field":
      return node.fields.map((field) => `.${field}`).join("");
    case "variable":
      return node.fields.join(".");
    case "identifier":
      return node.name;
    case "chain":
      return `${parenthesized(node.node)}${node.fields.map((field) => `.${field}`).join("")}`;
    case "command":
      return node.words.map(parenthesized).join(" ");
    case "pipeline":
      return `${node.declares.length === 0 ? "" : `${node.declares.join(", ")} ${node.assigns ? "=" : ":="} `}${node.commands.map(nodeText).join(" | ")}`;
    case "text":
      return node.text;
    case "action":
      return `{{${nodeText(node.pipeline)}}}`;
    case "break":
    case "continue":
      return `{{${node.type}}}`;
    case "template":
      return `{{template ${quote(node.name)}${node.pipeline === undefined ? "" : ` ${nodeText(node.pipeline)}`}}}`;
    case "if":
    case "with":
    case "range":
      return `{{${node.type} ${nodeText(node.pipeline)}}}${list(node.body)}${node.otherwise === undefined ? "" : `{{else}}${list(node.otherwise)}`}{{end}}`;
  }
}

const parenthesized = (node: Operand): string => (node.type === "pipeline" ? `(${nodeText(node)})` : nodeText(node));
