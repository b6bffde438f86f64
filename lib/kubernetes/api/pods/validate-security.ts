/** Security contexts (ValidateSecurityContext, validatePodSpecSecurityContext). */
import type { FieldError } from "../../machinery/status.ts";
import { inRange, invalidValue, notSupported, required } from "../../machinery/validation/index.ts";
import type { Container, PodSpec } from "../types.ts";

const MAX_ID = 2 ** 31 - 1;

function validId(field: string, id: number | undefined): FieldError[] {
  return id === undefined ? [] : inRange(field, id, 0, MAX_ID);
}

interface Profile {
  readonly type: string;
  readonly localhostProfile?: string;
}

function validateProfile(field: string, profile: Profile | undefined): FieldError[] {
  if (profile === undefined) return [];
  switch (profile.type) {
    case "Localhost":
      return profile.localhostProfile
        ? []
        : [required(`${field}.localhostProfile`, "must be set when seccomp type is Localhost")];
    case "RuntimeDefault":
    case "Unconfined":
      return profile.localhostProfile === undefined
        ? []
        : [
            invalidValue(
              `${field}.localhostProfile`,
              profile.localhostProfile,
              "can only be set when seccomp type is Localhost",
            ),
          ];
    case "":
    case undefined:
      return [required(`${field}.type`, "type is required when seccompProfile is set")];
    default:
      return [notSupported(`${field}.type`, profile.type, ["Localhost", "RuntimeDefault", "Unconfined"])];
  }
}

export function validateSecurityContext(field: string, context: Container["securityContext"]): FieldError[] {
  if (context === undefined) return [];
  const errors = [
    ...validId(`${field}.runAsUser`, context.runAsUser),
    ...validId(`${field}.runAsGroup`, context.runAsGroup),
    ...validateProfile(`${field}.seccompProfile`, context.seccompProfile),
  ];
  if (context.allowPrivilegeEscalation === false) {
    if (context.privileged === true)
      errors.push(
        invalidValue(field, context, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"),
      );
    if (context.capabilities?.add?.includes("CAP_SYS_ADMIN"))
      errors.push(
        invalidValue(
          field,
          context,
          "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN",
        ),
      );
  }
  return errors;
}

export function validatePodSecurityContext(field: string, context: PodSpec["securityContext"]): FieldError[] {
  if (context === undefined) return [];
  const errors = [
    ...validId(`${field}.fsGroup`, context.fsGroup),
    ...validId(`${field}.runAsUser`, context.runAsUser),
    ...validId(`${field}.runAsGroup`, context.runAsGroup),
  ];
  for (const [index, group] of (context.supplementalGroups ?? []).entries())
    errors.push(...validId(`${field}.supplementalGroups[${index}]`, group));
  const names = new Set<string>();
  for (const [index, { name }] of (context.sysctls ?? []).entries()) {
    const at = `${field}.sysctls[${index}]`;
    if (!name) errors.push(required(`${at}.name`));
    else if (name.length > 253 || !/^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/.test(name))
      errors.push(
        invalidValue(
          `${at}.name`,
          name,
          "must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$",
        ),
      );
    else if (names.has(name))
      errors.push({ type: "FieldValueDuplicate", field: `${at}.name`, value: name, detail: "" });
    names.add(name);
  }
  const policies = ["Always", "OnRootMismatch"];
  if (context.fsGroupChangePolicy !== undefined && !policies.includes(context.fsGroupChangePolicy))
    errors.push(
      notSupported(`${field}.fsGroupChangePolicy`, context.fsGroupChangePolicy, ["OnRootMismatch", "Always"]),
    );
  errors.push(...validateProfile(`${field}.seccompProfile`, context.seccompProfile));
  const supplemental = ["Merge", "Strict"];
  if (context.supplementalGroupsPolicy !== undefined && !supplemental.includes(context.supplementalGroupsPolicy))
    errors.push(notSupported(`${field}.supplementalGroupsPolicy`, context.supplementalGroupsPolicy, supplemental));
  return errors;
}
