export const toolPrograms = new Map<string, import("../types.ts").Program>();
