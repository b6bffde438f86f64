/** JSON of each schema without its descriptions, by dotted name. `schemas.js` is made by scripts/generate-schemas.mjs. */
export const shapes: Readonly<Record<string, string>>;
/** JSON of each schema's descriptions, by dotted name: of fields by their names, of the schema itself by "". */
export const descriptions: Readonly<Record<string, string>>;
