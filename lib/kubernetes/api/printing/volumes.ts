/** Cells of PersistentVolumes and their claims. */
const SHORT: readonly (readonly [string, string])[] = [
  ["ReadWriteOnce", "RWO"],
  ["ReadOnlyMany", "ROX"],
  ["ReadWriteMany", "RWX"],
  ["ReadWriteOncePod", "RWOP"],
];

/** "RWO,ROX": always in this order, whatever the object's. */
export function formatAccessModes(modes: readonly string[] | undefined): string {
  return SHORT.filter(([mode]) => modes?.includes(mode))
    .map(([, short]) => short)
    .join(",");
}

interface Classed {
  readonly metadata: { readonly annotations?: Record<string, string> };
  readonly spec?: { readonly storageClassName?: string } | undefined;
}

/** The storage class of a volume or claim: the old annotation wins, as upstream. */
export function storageClassOf(object: Classed): string {
  return (
    object.metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] ?? object.spec?.storageClassName ?? ""
  );
}
