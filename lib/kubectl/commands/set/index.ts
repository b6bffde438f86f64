/** kubectl set: specific fields of objects. */
import type { Command } from "../../command.ts";
import { SET_ENV } from "./env.ts";
import { SET_SELECTOR, SET_SERVICE_ACCOUNT } from "./identity.ts";
import { SET_IMAGE } from "./image.ts";
import { SET_RESOURCES } from "./resources.ts";
import { SET_SUBJECT } from "./subject.ts";

export const SET: Command = {
  name: "set",
  short: "Set specific features on objects",
  subcommands: [SET_ENV, SET_IMAGE, SET_RESOURCES, SET_SELECTOR, SET_SERVICE_ACCOUNT, SET_SUBJECT],
};
