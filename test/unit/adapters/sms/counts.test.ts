import { expect, test } from "vitest";
import { Budget } from "../../../../adapters/sms/budget.ts";
import { Outbox } from "../../../../adapters/sms/outbox.ts";
import { Router } from "../../../../adapters/sms/routes/router.ts";
import { sms } from "../../../../adapters/sms/index.ts";
import { TestAdapter } from "../../../support/adapter.ts";
import { TestGateway } from "../../../support/gateway.ts";

test("a text that is written while the link ends is counted once", async () => {
  await using gateway = await TestGateway.open();
  const adapter = new TestAdapter();
  gateway.core.host({ name: "sms", kind: "sms", adapter });
  gateway.core.start();
  await gateway.settle();
  const { host } = adapter;
  if (!host) throw new Error("The adapter does not run");
  const { budget } = sms.configSchema.parse({ modems: [{ port: "tcp://127.0.0.1:9" }] });
  const open = (): Outbox =>
    new Outbox({
      host,
      router: new Router([], host.clock, 0),
      budget: new Budget(host, budget, () => {}),
      orderFor: () => [],
      wantsReports: true,
      stands: () => {},
    });
  const first = open();
  const added = first.add({ id: "1", to: "+254712345678", body: "x", class: "alarm" });
  first.stop();
  await added;
  const next = open();
  await next.load();
  const count = (name: string): number => gateway.counters.sum(`adapter.sms.${name}`);
  expect(next.size).toBe(1);
  expect(count("outbox_held") - count("outbox_let_go")).toBe(1);
  next.stop();
  expect(count("outbox_held") - count("outbox_let_go")).toBe(0);
});
