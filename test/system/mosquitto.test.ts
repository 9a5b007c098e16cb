import { spawn, spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { Koine } from "../support/daemon.ts";

/** Debian's mosquitto-clients: what people type. Required where KOINE_CI is set. */
const isThere = spawnSync("mosquitto_sub", ["--help"]).error === undefined;
const wanted = isThere || process.env["KOINE_CI"] !== undefined;

test.runIf(wanted)("mosquitto_sub sees the demo, mosquitto_pub commands it", async () => {
  await using koine = await Koine.open();
  const demo = koine.start("demo");
  const port = new URL(await demo.url()).port;
  const subscriber = spawn("mosquitto_sub", ["-p", port, "-t", "koine/1/#", "-v"]);
  let seen = "";
  const sees = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (seen.includes(text)) resolve();
      };
      subscriber.stdout.on("data", look);
      look();
    });
  subscriber.stdout.on("data", (data: Buffer) => {
    seen += data.toString();
  });
  await sees("koine/1/wifi-024b4f000001/value/onoff false");
  const topic = "koine/1/wifi-024b4f000001/set";
  const message = '{"onoff":true,"_id":"typed"}';
  expect(spawnSync("mosquitto_pub", ["-p", port, "-t", topic, "-m", message]).status).toBe(0);
  await sees('"_id":"typed","_ts"');
  await sees('"status":"done","confirmed_by":"report","values":{"onoff":true}');
  subscriber.kill();
  demo.signal("SIGTERM");
  expect(await demo.exit()).toBe(0);
});
