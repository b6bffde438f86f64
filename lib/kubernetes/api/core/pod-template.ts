/** v1 PodTemplate: pkg/registry/core/podtemplate/strategy.go. */
import { isDns1123Subdomain } from "../../machinery/validation/index.ts";
import { define } from "../define.ts";
import { defaultPodTemplate } from "../pods/defaults.ts";
import { validatePodTemplate } from "../pods/validate.ts";
import { podWarnings } from "../pods/warnings.ts";
import { column, containerColumns, formatLabels, nameColumn } from "../printing/columns.ts";
import { podTemplates } from "../resources.ts";
import { rules } from "../simple-rules.ts";
import type { PodTemplate } from "../types.ts";

export const podTemplate = define(podTemplates, {
  columns: [
    nameColumn(),
    ...containerColumns<PodTemplate>((object) => object.template?.spec?.containers, column),
    column("Pod Labels", "string", "Labels that Pods get.", (object) =>
      formatLabels(object.template?.metadata?.labels),
    ),
  ],
  applyDefaults: ({ template }) => defaultPodTemplate(template),
  prepareForCreate(object) {
    object.metadata.generation = 1;
  },
  ...rules<PodTemplate>(true, isDns1123Subdomain, ({ template }) => validatePodTemplate("template", template)),
  warnings: ({ template }) => podWarnings(template?.metadata, template?.spec, "template."),
});
