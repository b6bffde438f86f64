/** rbac.authorization.k8s.io/v1 Role, ClusterRole and their bindings: pkg/registry/rbac. */
import { isPathSegment } from "../../machinery/validation/index.ts";
import { define } from "../define.ts";
import { ageColumn, column, createdAtColumn, nameColumn, wide } from "../printing/columns.ts";
import { clusterRoleBindings, clusterRoles, roleBindings, roles } from "../resources.ts";
import { rules } from "../simple-rules.ts";
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "../types.ts";
import { defaultBinding, subjectsOf, validateBinding, validateBindingUpdate, validateRole } from "./rules.ts";

export const role = define(roles, {
  createOnUpdate: true,
  columns: [nameColumn(), createdAtColumn()],
  ...rules<Role>(true, isPathSegment, validateRole(true)),
});

export const clusterRole = define(clusterRoles, {
  createOnUpdate: true,
  columns: [nameColumn(), createdAtColumn()],
  ...rules<ClusterRole>(false, isPathSegment, validateRole(false)),
});

const bindingColumns = <T extends RoleBinding | ClusterRoleBinding>() => [
  nameColumn<T>(),
  column<T>("Role", "string", "What is granted.", (object) => `${object.roleRef.kind}/${object.roleRef.name}`),
  ageColumn<T>(),
  wide<T>("Users", "string", "Users it is granted to.", subjectsOf("User")),
  wide<T>("Groups", "string", "Groups it is granted to.", subjectsOf("Group")),
  wide<T>("ServiceAccounts", "string", "ServiceAccounts it is granted to.", subjectsOf("ServiceAccount")),
];

export const roleBinding = define(roleBindings, {
  createOnUpdate: true,
  columns: bindingColumns(),
  applyDefaults: defaultBinding,
  ...rules<RoleBinding>(true, isPathSegment, validateBinding(true), validateBindingUpdate),
});

export const clusterRoleBinding = define(clusterRoleBindings, {
  createOnUpdate: true,
  columns: bindingColumns(),
  applyDefaults: defaultBinding,
  ...rules<ClusterRoleBinding>(false, isPathSegment, validateBinding(false), validateBindingUpdate),
});
