import { parseAllDocuments } from "yaml";
import { toCel } from "../cel.ts";
import type { CheckType, SpecOf } from "./check-type.ts";
import { outcomeOf } from "./verdict-of.ts";

/** What a workspace file says. */
export const fileCheck: CheckType<SpecOf<"file">> = {
  type: "file",
  trigger: (spec) => ({ on: "file", path: spec.file }),
  async evaluate(spec, { sandbox }) {
    const file = await sandbox.workspace.read(spec.file);
    if (file === undefined) {
      return {
        status: "fail",
        facts: { exists: false, documents: [] },
        observed: `no file ${spec.file}`,
        message: { en: `There is no file ${spec.file} in your workspace.`, zh: `工作区里没有文件 ${spec.file}。` },
      };
    }
    const parsed = parseAllDocuments(file.text);
    const documents = Array.isArray(parsed) ? parsed : [];
    const broken = documents.flatMap((document) => document.errors)[0];
    if (broken !== undefined) {
      const [first] = broken.message.split("\n");
      return {
        status: "fail",
        facts: { exists: true, documents: [] },
        observed: first ?? broken.message,
        message: { en: `${spec.file} is no valid YAML: ${first}`, zh: `${spec.file} 不是合法的 YAML:${first}` },
      };
    }
    const values = documents.map((document) => document.toJS() as unknown).filter((value) => value !== null);
    return outcomeOf(spec.that, { exists: true, documents: toCel(values) });
  },
};
