/** `npm run bench:zigbee [-- --vs zigbee2mqtt]` */
import { spawnSync } from "node:child_process";

const at = process.argv.indexOf("--vs");
const env = { ...process.env, KOINE_VS: at < 0 ? "" : process.argv[at + 1] };
const args = ["vitest", "run", "--project", "bench", "test/bench/zigbee.test.ts"];
const { status } = spawnSync("npx", args, { env, stdio: "inherit" });
process.exit(status ?? 1);
