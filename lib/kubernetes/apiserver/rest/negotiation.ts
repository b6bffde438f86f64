/** How an answer is to look: media type and, for tables and metadata, its shape (apiserver handlers/negotiation). */
import { StatusError } from "../../machinery/status.ts";

type Shape = "object" | "table" | "metadata";

export interface Format {
  readonly mediaType: "application/json" | "application/yaml";
  readonly shape: Shape;
  /** Version of meta.k8s.io that tables and metadata come in. */
  readonly metaVersion: "v1" | "v1beta1";
  readonly pretty: boolean;
}

interface MediaRange {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly quality: number;
}

const SERVED = "application/json, application/yaml, application/vnd.kubernetes.protobuf";

/** Highest quality first; equal ones in the order given. */
export function parseAccept(header: string | undefined): MediaRange[] {
  if (header === undefined || header.trim() === "") return [];
  const ranges = header.split(",").map((part) => {
    const [type = "", ...rest] = part.split(";").map((piece) => piece.trim());
    const parameters: Record<string, string> = {};
    for (const parameter of rest) {
      const equals = parameter.indexOf("=");
      if (equals > 0) parameters[parameter.slice(0, equals).trim()] = parameter.slice(equals + 1).trim();
    }
    const quality = Number(parameters["q"] ?? "1");
    return { type: type.toLowerCase(), parameters, quality: Number.isNaN(quality) ? 1 : quality };
  });
  return ranges.sort((a, b) => b.quality - a.quality);
}

/** Clients that people look at are answered with indented JSON (handlers/negotiation isPrettyPrint). */
const READ_BY_PEOPLE = /^(curl|Wget|Mozilla\/5\.0)/;

/**
 * Throws 406 where nothing the client accepts is served. `tables`: false where what is answered has no rows
 * (AllowsMediaTypeTransform without a TableConvertor). Protobuf is answered with JSON, which its clients accept.
 */
export function negotiate(
  accept: string | undefined,
  query: URLSearchParams,
  userAgent = "",
  { tables = true }: { readonly tables?: boolean } = {},
): Format {
  const asked = query.get("pretty") ?? "";
  const pretty = asked === "" ? READ_BY_PEOPLE.test(userAgent) : ["1", "true"].includes(asked);
  const ranges = parseAccept(accept);
  if (ranges.length === 0) return { mediaType: "application/json", shape: "object", metaVersion: "v1", pretty };
  let known = false;
  for (const { type, parameters } of ranges) {
    const json =
      type === "application/json" ||
      type === "*/*" ||
      type === "application/*" ||
      type === "application/vnd.kubernetes.protobuf";
    const yaml = type === "application/yaml" || type === "text/yaml" || type === "application/x-yaml";
    if (!json && !yaml) continue;
    known = true;
    const shape = shapeOf(parameters);
    if (shape === undefined || (shape === "table" && !tables)) continue;
    return {
      mediaType: json ? "application/json" : "application/yaml",
      shape,
      metaVersion: parameters["v"] === "v1beta1" ? "v1beta1" : "v1",
      pretty,
    };
  }
  // The router refuses types that nobody speaks; what is asked of one that is spoken is for the handler to refuse.
  if (known) throw new StatusError(406, "NotAcceptable", `only the following media types are accepted: ${SERVED}`);
  throw new StatusError(406, "NotAcceptable", `406: Not Acceptable\n\nAvailable representations: ${SERVED}`, {});
}

/** undefined: a shape that is not served. */
function shapeOf(parameters: Readonly<Record<string, string>>): Shape | undefined {
  const as = parameters["as"];
  if (as === undefined) return "object";
  if (parameters["g"] !== "meta.k8s.io" || !["v1", "v1beta1"].includes(parameters["v"] ?? "")) return undefined;
  if (as === "Table") return "table";
  if (as === "PartialObjectMetadata" || as === "PartialObjectMetadataList") return "metadata";
  return undefined;
}
