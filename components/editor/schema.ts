/** The API server's OpenAPI v3 schemas, as far as completion and hover need them. Framework-free. */

export interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly "x-kubernetes-group-version-kind"?: readonly {
    readonly group: string;
    readonly version: string;
    readonly kind: string;
  }[];
}

interface SchemaDocument {
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

/** Schemas of one group-version. */
export class GroupVersionSchemas {
  readonly #schemas: Readonly<Record<string, Schema>>;

  constructor(document: SchemaDocument) {
    this.#schemas = document.components?.schemas ?? {};
  }

  ofKind(apiVersion: string, kind: string): Schema | undefined {
    return Object.values(this.#schemas).find((schema) =>
      schema["x-kubernetes-group-version-kind"]?.some(
        (one) => one.kind === kind && (one.group === "" ? one.version : `${one.group}/${one.version}`) === apiVersion,
      ),
    );
  }

  /** Follows references; what stands beside a reference (its description) wins over what it leads to. */
  resolve(schema: Schema | undefined): Schema | undefined {
    const reference = schema?.$ref ?? schema?.allOf?.[0]?.$ref;
    if (schema === undefined || reference === undefined) return schema;
    const target = this.#schemas[reference.slice(reference.lastIndexOf("/") + 1)];
    const { $ref: _ref, allOf: _all, ...own } = schema;
    return target === undefined ? own : { ...target, ...own };
  }

  /** The schema at a path of keys below `schema`; a list is passed through to its items. */
  at(schema: Schema | undefined, path: readonly string[]): Schema | undefined {
    let now = this.inside(schema);
    for (const key of path) {
      const next =
        now?.properties?.[key] ??
        (typeof now?.additionalProperties === "object" ? now.additionalProperties : undefined);
      if (next === undefined) return undefined;
      now = key === path.at(-1) ? this.resolve(next) : this.inside(next);
    }
    return now;
  }

  /** What keys may be written below: of a list, those of its items. */
  inside(schema: Schema | undefined): Schema | undefined {
    const resolved = this.resolve(schema);
    return resolved?.type === "array" ? this.inside(resolved.items) : resolved;
  }
}

/** Where the cluster of a sandbox can be asked: from its kubeconfig. */
export function clusterAccess(kubeConfig: string): { readonly path: string; readonly token: string } | undefined {
  const server = /^\s*server:\s*"?([^"\s]+)/m.exec(kubeConfig)?.[1];
  const token = /^\s*token:\s*"?([^"\s]+)/m.exec(kubeConfig)?.[1];
  if (server === undefined || token === undefined) return undefined;
  return { path: new URL(server).pathname.replace(/\/$/, ""), token };
}

/** Fetches schemas when they are first needed; a group-version that cannot be had has none. */
export class SchemaSource {
  readonly #sandbox: string;
  readonly #documents = new Map<string, Promise<GroupVersionSchemas>>();
  #access: Promise<ReturnType<typeof clusterAccess>> | undefined;

  constructor(sandbox: string) {
    this.#sandbox = sandbox;
  }

  of(apiVersion: string): Promise<GroupVersionSchemas> {
    let document = this.#documents.get(apiVersion);
    if (document === undefined) {
      document = this.#fetch(apiVersion).catch(() => new GroupVersionSchemas({}));
      this.#documents.set(apiVersion, document);
    }
    return document;
  }

  async #fetch(apiVersion: string): Promise<GroupVersionSchemas> {
    this.#access ??= fetch(`/api/sandboxes/${encodeURIComponent(this.#sandbox)}/kubeconfig`).then(async (answer) =>
      answer.ok ? clusterAccess(await answer.text()) : undefined,
    );
    const access = await this.#access;
    if (access === undefined) return new GroupVersionSchemas({});
    const group = apiVersion.includes("/") ? `apis/${apiVersion}` : `api/${apiVersion}`;
    const answer = await fetch(`${access.path}/openapi/v3/${group}`, {
      headers: { authorization: `Bearer ${access.token}`, accept: "application/json" },
    });
    return new GroupVersionSchemas(answer.ok ? ((await answer.json()) as SchemaDocument) : {});
  }
}
