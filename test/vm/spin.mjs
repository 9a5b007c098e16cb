import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { defineAdapter, z } from "koine/adapter";

/** Does in the thread of the daemon what the trial asks for by files. */
export const spin = defineAdapter({
  kind: "spin",
  module: import.meta.url,
  isolation: "none",
  configSchema: z.strictObject({}),
  create: () => ({
    async run(host, signal) {
      host.status({ state: "online" });
      while (!signal.aborted) {
        if (take("/run/koine/spin") !== undefined) for (;;);
        const authorized = take("/run/koine/open");
        if (authorized !== undefined) tell(probe(authorized.trim()));
        await host.clock.sleep(200, signal).catch(() => {});
      }
    },
    execute: async () => ({ status: "done", confirmedBy: "none" }),
  }),
});

/** What a file says, which is gone then. */
function take(file) {
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, "utf8");
  rmSync(file, { force: true });
  return text;
}

/** At no time is there half of it. */
function tell(text) {
  writeFileSync("/run/koine/opened.new", text);
  renameSync("/run/koine/opened.new", "/run/koine/opened");
}

/** What of the machine the service may open. */
function probe(authorized) {
  const tries = [
    ["/dev/ttyUSB0", "r+"],
    [authorized, "r+"],
    ["/dev/vda", "r"],
    ["/etc/koine/koine.yaml", "r+"],
    ["/proc/meminfo", "r"],
  ];
  return tries.map(([file, flags]) => `${file} ${flags}: ${opened(file, flags)}\n`).join("");
}

function opened(file, flags) {
  try {
    closeSync(openSync(file, flags));
    return "opened";
  } catch (error) {
    return error.code;
  }
}
