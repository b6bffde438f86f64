/** Who kubectl says it is, and whether a server is of the same version (kubectl/pkg/cmd/util/kubectl_match_version.go). */
import { quote } from "../../encoding/index.ts";
import { CommandError } from "../errors.ts";
import { type JsonObject, textAt } from "../object.ts";
import type { Rest } from "./rest.ts";

/** The version kubectl says it is: the reference its behaviour is compared with. */
export const CLIENT_VERSION: JsonObject = {
  major: "1",
  minor: "33",
  gitVersion: "v1.33.1",
  gitCommit: "8adc0f041b8e7ad1d30e29cc59c6ae7a15e19828",
  gitTreeState: "clean",
  buildDate: "2025-05-15T08:27:33Z",
  goVersion: "go1.24.2",
  compiler: "gc",
  platform: "linux/amd64",
};

/** version.Info with its fields in order. */
const FIELDS = [
  "Major",
  "Minor",
  "EmulationMajor",
  "EmulationMinor",
  "MinCompatibilityMajor",
  "MinCompatibilityMinor",
  "GitVersion",
  "GitCommit",
  "GitTreeState",
  "BuildDate",
  "GoVersion",
  "Compiler",
  "Platform",
];

/** As Go's %#v has a version. */
const goSyntax = (version: JsonObject): string =>
  `version.Info{${FIELDS.map((field) => `${field}:${quote(textAt(version, field.charAt(0).toLowerCase() + field.slice(1)))}`).join(", ")}}`;

/** --match-server-version. */
export async function checkVersion(rest: Rest): Promise<void> {
  const server = await rest.get("/version");
  if (textAt(server, "gitVersion") !== textAt(CLIENT_VERSION, "gitVersion"))
    throw new CommandError(
      `server version (&${goSyntax(server)}) differs from client version (${goSyntax(CLIENT_VERSION)})`,
    );
}
