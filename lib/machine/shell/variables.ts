/** A shell's variables: scalars, arrays and associative arrays with attributes, in nested function scopes. */

import { type AssociativeArray, IndexedArray } from "./arrays.ts";

export { AssociativeArray, IndexedArray } from "./arrays.ts";

export interface Variable {
  value: string | undefined;
  array: IndexedArray | undefined;
  map: AssociativeArray | undefined;
  exported: boolean;
  readonly: boolean;
  integer: boolean;
  /** Values are folded: "upper", "lower", "capital" (the first letter). */
  fold: "upper" | "lower" | "capital" | undefined;
  /** The value names another variable. */
  reference: boolean;
  trace: boolean;
  /** An array that was declared and never assigned. */
  blank?: boolean;
}

/** Declared as an array, without a value. */
export function isBlank(variable: Variable): boolean {
  return variable.blank === true && (variable.array?.count ?? 0) === 0 && (variable.map?.count ?? 0) === 0;
}

export function newVariable(value?: string): Variable {
  return {
    value,
    array: undefined,
    map: undefined,
    exported: false,
    readonly: false,
    integer: false,
    fold: undefined,
    reference: false,
    trace: false,
  };
}

function copyVariable(variable: Variable): Variable {
  return { ...variable, array: variable.array?.copy(), map: variable.map?.copy() };
}

/** Assigning to a readonly variable. */
export class ReadonlyError extends Error {
  readonly variable: string;

  constructor(variable: string, words = "readonly variable") {
    super(`${variable}: ${words}`);
    this.variable = variable;
  }
}

/** Variables whose value is computed (`RANDOM`, `SECONDS`, `LINENO`, ...). */
export interface DynamicVariable {
  read(): string | undefined;
  write?(value: string): void;
}

const MAX_REFERENCES = 8;

export class Variables {
  /** From the outermost (global) to the innermost scope. */
  readonly #scopes: Map<string, Variable>[];
  /** Computed ones: ask the shell they belong to. */
  readonly dynamic: Map<string, DynamicVariable>;
  /** What is said where a readonly variable is assigned to. */
  readonlyWords = "readonly variable";

  constructor(scopes: Map<string, Variable>[] = [new Map()]) {
    this.#scopes = scopes;
    this.dynamic = new Map();
  }

  /** What a subshell starts with. */
  copy(): Variables {
    const copy = new Variables(
      this.#scopes.map((scope) => new Map([...scope].map(([name, variable]) => [name, copyVariable(variable)]))),
    );
    for (const [name, value] of this.passedOn) copy.passedOn.set(name, value);
    copy.readonlyWords = this.readonlyWords;
    return copy;
  }

  get depth(): number {
    return this.#scopes.length;
  }

  pushScope(): void {
    this.#scopes.push(new Map());
  }

  popScope(): void {
    this.#scopes.pop();
  }

  /** Without following references. */
  find(name: string): Variable | undefined {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const variable = this.#scopes[i]?.get(name);
      if (variable !== undefined) return variable;
    }
    return undefined;
  }

  /** The variable a name stands for, references followed, with the subscript a reference brought along. */
  resolve(name: string): { readonly name: string; readonly subscript: string | undefined } {
    let current = name;
    for (let i = 0; i < MAX_REFERENCES; i++) {
      const variable = this.find(current);
      if (!variable?.reference || variable.value === undefined || variable.value === "") break;
      const subscripted = /^(\w+)\[(.*)\]$/s.exec(variable.value);
      if (subscripted !== null) return { name: subscripted[1] as string, subscript: subscripted[2] as string };
      current = variable.value;
    }
    return { name: current, subscript: undefined };
  }

  lookup(name: string): Variable | undefined {
    return this.find(this.resolve(name).name);
  }

  /** Scalar value: element 0 of an array. */
  get(name: string): string | undefined {
    const dynamic = this.dynamic.get(name);
    if (dynamic !== undefined) return dynamic.read();
    const variable = this.find(name);
    if (variable === undefined) return undefined;
    if (variable.reference) {
      const target = this.resolve(name);
      const found = this.find(target.name);
      if (target.subscript !== undefined) {
        return found?.array?.get(Number(target.subscript)) ?? found?.map?.get(target.subscript);
      }
      if (target.name === name) return undefined;
      return this.get(target.name);
    }
    if (variable.array !== undefined) return variable.array.get(0);
    if (variable.map !== undefined) return variable.map.get("0");
    return variable.value;
  }

  /** The variable to write to; made in the global scope where there is none. Throws for readonly ones. */
  writable(name: string): Variable {
    const target = this.resolve(name).name;
    const variable = this.find(target);
    if (variable === undefined) {
      const made = newVariable();
      (this.#scopes[0] as Map<string, Variable>).set(target, made);
      return made;
    }
    if (variable.readonly) throw new ReadonlyError(target, this.readonlyWords);
    return variable;
  }

  /** Sets a scalar (element 0 of an array) as is. */
  set(name: string, value: string): void {
    const dynamic = this.dynamic.get(name);
    if (dynamic !== undefined) {
      dynamic.write?.(value);
      return;
    }
    const variable = this.writable(name);
    const folded = foldCase(variable, value);
    if (variable.array !== undefined) variable.array.set(0, folded);
    else if (variable.map !== undefined) variable.map.set("0", folded);
    else variable.value = folded;
  }

  setArray(name: string, values: Iterable<string>): void {
    const variable = this.writable(name);
    variable.value = undefined;
    variable.map = undefined;
    variable.array = IndexedArray.of(values);
  }

  /** The variable in the innermost scope, made there where it is not (`local`, `declare` in a function). */
  local(name: string): Variable {
    const scope = this.#scopes.at(-1) as Map<string, Variable>;
    const known = scope.get(name);
    if (known !== undefined) return known;
    const outer = this.find(name);
    if (outer?.readonly) throw new ReadonlyError(name, this.readonlyWords);
    const made = newVariable();
    if (outer !== undefined) made.exported = outer.exported;
    scope.set(name, made);
    return made;
  }

  /** True where the innermost scope has it. */
  isLocal(name: string): boolean {
    return this.#scopes.length > 1 && (this.#scopes.at(-1)?.has(name) ?? false);
  }

  global(name: string): Variable {
    const scope = this.#scopes[0] as Map<string, Variable>;
    const known = scope.get(name);
    if (known !== undefined) return known;
    const made = newVariable();
    scope.set(name, made);
    return made;
  }

  unset(name: string): void {
    if (this.dynamic.has(name)) {
      this.dynamic.delete(name);
      return;
    }
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const scope = this.#scopes[i] as Map<string, Variable>;
      const variable = scope.get(name);
      if (variable === undefined) continue;
      if (variable.readonly) throw new ReadonlyError(name, this.readonlyWords);
      // A local that is unset stays local, so that the outer one does not show through.
      if (i === this.#scopes.length - 1 && i > 0) scope.set(name, newVariable());
      else scope.delete(name);
      return;
    }
  }

  /** Puts back what a temporary assignment covered. */
  restore(name: string, variable: Variable | undefined): void {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const scope = this.#scopes[i] as Map<string, Variable>;
      if (scope.has(name) || i === 0) {
        if (variable === undefined) scope.delete(name);
        else scope.set(name, variable);
        return;
      }
    }
  }

  /** All names with a visible variable, sorted. */
  names(): string[] {
    const names = new Set<string>(this.dynamic.keys());
    for (const scope of this.#scopes) for (const name of scope.keys()) names.add(name);
    return [...names].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  }

  /** Names of the innermost scope, sorted. */
  localNames(): string[] {
    return [...(this.#scopes.at(-1)?.keys() ?? [])].sort();
  }

  /** What it holds, about: bytes, and how many values. */
  size(): { readonly bytes: number; readonly count: number } {
    let bytes = 0;
    let count = 0;
    for (const scope of this.#scopes) {
      for (const [name, variable] of scope) {
        bytes += 100 + name.length + (variable.value?.length ?? 0);
        count += 1 + (variable.array?.count ?? 0) + (variable.map?.count ?? 0);
        for (const value of variable.array?.values() ?? []) bytes += 40 + value.length;
        for (const key of variable.map?.keys() ?? []) bytes += 80 + key.length + (variable.map?.get(key)?.length ?? 0);
      }
    }
    return { bytes, count };
  }

  /** Came from the parent under a name no variable can have: children get it all the same. */
  readonly passedOn = new Map<string, string>();

  /** What a child process gets. */
  environment(): Map<string, string> {
    const environment = new Map(this.passedOn);
    for (const scope of this.#scopes) {
      for (const [name, variable] of scope) {
        if (variable.exported && variable.value !== undefined && variable.array === undefined) {
          environment.set(name, variable.value);
        } else environment.delete(name);
      }
    }
    return environment;
  }
}

/** Applies `declare -l` and `-u`. */
export function foldCase(variable: Variable, value: string): string {
  if (variable.fold === undefined) return value;
  if (variable.fold === "capital") return value.charAt(0).toUpperCase() + value.slice(1).toLowerCase();
  return variable.fold === "upper" ? value.toUpperCase() : value.toLowerCase();
}

export function isSet(variable: Variable | undefined): boolean {
  if (variable === undefined) return false;
  return variable.value !== undefined || (variable.array?.count ?? 0) > 0 || (variable.map?.count ?? 0) > 0;
}
