import { BIND_BUILTINS } from "./bind.ts";
import { COMPLETION_BUILTINS } from "./completion.ts";
import { DIRECTORY_BUILTINS } from "./directories.ts";
import { FIX_BUILTINS } from "./fix-command.ts";
import { FLOW_BUILTINS } from "./flow.ts";
import { HISTORY_BUILTINS } from "./history.ts";
import { JOB_BUILTINS } from "./jobs.ts";
import { NAME_BUILTINS } from "./names.ts";
import { PRINT_BUILTINS } from "./print.ts";
import { READ_BUILTINS } from "./read.ts";
import { provideBuiltins } from "./registry.ts";
import { SETTING_BUILTINS } from "./settings.ts";
import { TEST_BUILTINS } from "./test.ts";
import { VARIABLE_BUILTINS } from "./variables.ts";

provideBuiltins(() => [
  FLOW_BUILTINS,
  VARIABLE_BUILTINS,
  PRINT_BUILTINS,
  READ_BUILTINS,
  TEST_BUILTINS,
  DIRECTORY_BUILTINS,
  JOB_BUILTINS,
  NAME_BUILTINS,
  SETTING_BUILTINS,
  HISTORY_BUILTINS,
  FIX_BUILTINS,
  BIND_BUILTINS,
  COMPLETION_BUILTINS,
]);
