/** Renders the templates of a chart and its subcharts (helm.sh/helm/v3/pkg/engine/engine.go). */
import {
  ExecutionError,
  type FunctionTable,
  fn,
  get,
  int,
  isMap,
  isNil,
  MAX_DEPTH,
  Meter,
  ParseError,
  type Running,
  Struct,
  TemplateSet,
  type Value,
  type ValueMap,
} from "../../template/index.ts";
import { type Chart, fullPath, type Metadata, textOf } from "../chart/types.ts";
import { HelmError, messageOf } from "../errors.ts";
import { sprigFunctions } from "../sprig/index.ts";
import { type Capabilities, capabilitiesValue } from "./capabilities.ts";
import { CONVERSIONS } from "./conversions.ts";
import { filesValue } from "./files.ts";

export interface ReleaseFacts {
  readonly name: string;
  readonly namespace: string;
  readonly revision: number;
  readonly isUpgrade: boolean;
}

/** Objects of the cluster; {} where there is none. */
export type Lookup = (apiVersion: string, kind: string, namespace: string, name: string) => Promise<ValueMap>;

interface RenderOptions {
  readonly chart: Chart;
  /** Coalesced: .Values of the chart. */
  readonly values: ValueMap;
  readonly release: ReleaseFacts;
  readonly capabilities: Capabilities;
  readonly now: () => number;
  readonly random: () => number;
  /** Undefined: no cluster is asked, and lookup finds nothing. */
  readonly lookup?: Lookup;
  /** helm lint: `fail` and `required` only tell. */
  readonly lint?: (text: string) => void;
  /** Missing keys are errors. */
  readonly strict?: boolean;
}

interface Renderable {
  readonly text: string;
  readonly values: ValueMap;
  readonly basePath: string;
}

const WARN_START = "HELM_ERR_START";
const WARN_END = "HELM_ERR_END";
const marked = (text: string): string => WARN_START + text + WARN_END;

/** Chart.yaml as the struct that templates see. */
function metadataValue(metadata: Metadata, isRoot: boolean): Struct {
  const all = metadata.all as ValueMap;
  const text = (name: string): Value => {
    const value = get(all, name);
    return typeof value === "string" ? value : "";
  };
  const list = (name: string): Value => {
    const value = get(all, name);
    return Array.isArray(value) ? value : [];
  };
  const annotations = get(all, "annotations");
  return new Struct("struct { chart.Metadata; IsRoot bool }", {
    fields: {
      Name: metadata.name,
      Home: text("home"),
      Sources: list("sources"),
      Version: metadata.version,
      Description: text("description"),
      Keywords: list("keywords"),
      Maintainers: (list("maintainers") as Value[]).map((one) => {
        const field = (name: string) => (isMap(one) ? (get(one, name) ?? "") : "");
        return new Struct("*chart.Maintainer", {
          fields: { Name: field("name"), Email: field("email"), URL: field("url") },
        });
      }),
      Icon: text("icon"),
      APIVersion: metadata.apiVersion,
      Condition: text("condition"),
      Tags: text("tags"),
      AppVersion: metadata.appVersion,
      Deprecated: metadata.deprecated,
      Annotations: isMap(annotations) ? annotations : {},
      KubeVersion: metadata.kubeVersion,
      Dependencies: metadata.dependencies.map(
        (one) =>
          new Struct("*chart.Dependency", {
            fields: {
              Name: one.name,
              Version: one.version,
              Repository: one.repository,
              Condition: one.condition,
              Tags: [...one.tags],
              Enabled: one.enabled,
              ImportValues: one.importValues as Value[],
              Alias: one.alias,
            },
          }),
      ),
      Type: metadata.type,
      IsRoot: isRoot,
    },
  });
}

/** Every template of the chart and its subcharts with the values it sees. */
function renderables(options: RenderOptions): Map<string, Renderable> {
  const found = new Map<string, Renderable>();
  const { release } = options;
  const releaseValue: ValueMap = {
    Name: release.name,
    Namespace: release.namespace,
    IsUpgrade: release.isUpgrade,
    IsInstall: !release.isUpgrade,
    Revision: int(release.revision),
    Service: "Helm",
  };
  const capabilities = capabilitiesValue(options.capabilities);
  const collect = (chart: Chart, values: ValueMap, isRoot: boolean): ValueMap => {
    const subcharts: ValueMap = {};
    const next: ValueMap = {
      Chart: metadataValue(chart.metadata, isRoot),
      Files: filesValue(chart.files),
      Release: releaseValue,
      Capabilities: capabilities,
      Values: values,
      Subcharts: subcharts,
    };
    for (const child of chart.dependencies) {
      const inner = get(values, child.metadata.name);
      subcharts[child.metadata.name] = collect(child, isMap(inner) ? inner : {}, false);
    }
    const path = fullPath(chart);
    for (const template of chart.templates) {
      // Of a library only what is meant to be included counts.
      if (chart.metadata.type === "library" && !template.name.slice(template.name.lastIndexOf("/") + 1).startsWith("_"))
        continue;
      found.set(`${path}/${template.name}`, {
        text: textOf(template),
        values: next,
        basePath: `${path}/templates`,
      });
    }
    return next;
  };
  collect(options.chart, options.values, true);
  return found;
}

/** Deepest first, so that of one name the definition nearest to the root counts. */
const byDepth = (a: string, b: string): number => {
  const depth = (path: string) => path.split("/").length;
  return depth(b) - depth(a) || (a < b ? 1 : -1);
};

/** Engine.Render: contents by path of the template. Throws `HelmError`. */
export function* renderChart(options: RenderOptions): Running<Map<string, string>> {
  const meter = new Meter();
  const templates = renderables(options);
  const names = [...templates.keys()].sort(byDepth);
  const set = engineSet(options, meter);
  for (const name of names) {
    const { text } = templates.get(name) as Renderable;
    yield 20 + text.length / 20;
    try {
      set.parse(name, text);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      throw new HelmError(parseWords(name, error.message));
    }
  }
  const rendered = new Map<string, string>();
  for (const name of names) {
    if (name.slice(name.lastIndexOf("/") + 1).startsWith("_")) continue;
    const { values, basePath } = templates.get(name) as Renderable;
    values["Template"] = { Name: name, BasePath: basePath };
    try {
      rendered.set(name, (yield* set.run(name, values, meter)).replaceAll("<no value>", ""));
    } catch (error) {
      if (!(error instanceof ExecutionError)) throw error;
      throw new HelmError(executionWords(name, error.message));
    }
  }
  return rendered;
}

function parseWords(name: string, message: string): string {
  const parts = message.split(": ");
  if (parts.length === 1) return `parse error in (${name}): ${message}`;
  return `parse error at (${parts[1]}): ${parts[parts.length - 1]}`;
}
function executionWords(name: string, message: string): string {
  const [first, location, ...rest] = message.split(": ");
  if (first === undefined || location === undefined || rest.length === 0)
    return `execution error in (${name}): ${message}`;
  const told = new RegExp(`${WARN_START}([\\s\\S]*)${WARN_END}`).exec(rest.join(": "));
  return told === null ? message : `execution error at (${location}): ${told[1]}`;
}

/** A set with Sprig's and Helm's functions. */
function engineSet(options: RenderOptions, meter: Meter): TemplateSet {
  const missingKey = options.strict === true ? "error" : "zero";
  const base: FunctionTable = {
    ...sprigFunctions(options),
    ...CONVERSIONS,
    required: fn("string,any", (words: string, value: Value) => {
      if (!isNil(value) && value !== "") return value;
      if (options.lint === undefined) throw new Error(marked(words));
      options.lint(`[INFO] Missing required value: ${words}`);
      return "";
    }),
    fail: fn("string", (words: string) => {
      if (options.lint === undefined) throw new Error(marked(words));
      options.lint(`[INFO] Fail: ${words}`);
      return "";
    }),
    getHostByName: fn("string", () => ""),
    lookup: fn(
      "string,string,string,string",
      function* (apiVersion: string, kind: string, namespace: string, name: string): Running<Value> {
        if (options.lookup === undefined) return {};
        return (yield options.lookup(apiVersion, kind, namespace, name)) as Value;
      },
    ),
  };
  // A text given to tpl sees what is defined in it: it has a set, and these two functions, of its own.
  const bound = (current: () => TemplateSet): FunctionTable => ({
    ...base,
    include: fn("string,any", function* (name: string, data: Value): Running<Value> {
      const tooDeep = () =>
        new Error(`rendering template has a nested reference name: ${name}: unable to execute template`);
      // Upstream lets a name be nested a thousand times; the stack here ends before.
      if (meter.depth >= MAX_DEPTH) throw tooDeep();
      const set = current();
      if (set.find(name) === undefined)
        throw new Error(`template: no template ${JSON.stringify(name)} associated with template "gotpl"`);
      meter.depth++;
      const text = yield* set.run(name, data, meter);
      meter.depth--;
      return text;
    }),
    tpl: fn("string,any", function* (text: string, data: Value): Running<Value> {
      let inner: TemplateSet | undefined;
      const set = current().clone({ functions: bound(() => inner as TemplateSet), missingKey });
      inner = set;
      meter.units += text.length / 20;
      const shown = JSON.stringify(text);
      if (meter.depth >= MAX_DEPTH) throw new Error("the calls of tpl are nested too deeply");
      try {
        set.parse("gotpl", text);
      } catch (error) {
        throw new Error(`cannot parse template ${shown}: ${messageOf(error)}`);
      }
      if (set.find("gotpl") === undefined) return "";
      try {
        meter.depth++;
        const out = (yield* set.run("gotpl", data, meter)).replaceAll("<no value>", "");
        meter.depth--;
        return out;
      } catch (error) {
        if (!(error instanceof ExecutionError)) throw error;
        throw new Error(`error during tpl function execution for ${shown}: ${error.message}`);
      }
    }),
  });
  let set: TemplateSet | undefined;
  set = new TemplateSet({ functions: bound(() => set as TemplateSet), missingKey });
  return set;
}
