/** JSON of each schema without its descriptions, by dotted name. `schemas.js` is made by scripts/generate-schemas.mjs. */
export declare const shapes: Readonly<Record<string, string>>;
/** JSON of each schema's descriptions, by dotted name: of fields by their names, of the schema itself by "". */
export declare const descriptions: Readonly<Record<string, string>>;
