import { createServer } from "node:net";
import { expect, test } from "vitest";
import { portOf } from "../../../adapters/simulation/line.ts";
import { Client } from "../../../src/cli/client.ts";
import { systemClock } from "../../../src/clock.ts";

test("a broker that hangs up without a word is one that cannot be reached", async () => {
  const server = createServer((socket) => {
    socket.on("data", () => socket.end());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const url = `mqtt://127.0.0.1:${portOf(server.address())}`;
  const options = { url, root: "koine", clock: systemClock(), commandTimeoutS: 1 };
  await expect(Client.connect(options)).rejects.toMatchObject({ code: "link" });
  server.close();
});
