import { expect, test } from "vitest";
import { FloorHistory } from "../../../src/health/floor-history.ts";
import { TestGateway } from "../../support/gateway.ts";

const hourMs = 3_600_000;

function fail(error: unknown): never {
  throw error;
}

test("a version is compared with the one before it at the same uptime, across restarts", async () => {
  await using gateway = await TestGateway.open();
  const { store } = gateway;
  const first = await FloorHistory.load(store, "1.0.0", fail);
  await first.see(hourMs, 20e6, 1);
  await first.see(3 * hourMs, 22e6, 2);
  expect(first.compared).toBeUndefined();

  const second = await FloorHistory.load(store, "1.1.0", fail);
  await second.see(hourMs / 2, 24e6, 3);
  expect(second.compared).toBeUndefined();
  await second.see(hourMs, 25e6, 4);
  expect(second.compared).toEqual({ version: "1.0.0", bytes: 5e6 });
  await second.see(3.5 * hourMs, 30e6, 5);
  expect(second.compared).toEqual({ version: "1.0.0", bytes: 8e6 });
  // Nothing is known of the other one after six hours.
  await second.see(6 * hourMs, 40e6, 6);
  expect(second.compared).toEqual({ version: "1.0.0", bytes: 8e6 });
});

test("of old versions, and of what cannot be read, nothing is kept", async () => {
  await using gateway = await TestGateway.open();
  const { store } = gateway;
  await store.write([{ key: "floors/odd", value: "{" }]);
  for (const [at, version] of ["1", "2", "3", "4", "5", "6"].entries()) {
    await (await FloorHistory.load(store, version, fail)).see(hourMs, 1e6, at);
  }
  const kept = (await store.entries("floors/")).map(([key]) => key);
  expect(kept).toEqual(["floors/3", "floors/4", "floors/5", "floors/6"]);
});

test("the version that runs is kept where the clock of the machine is wrong", async () => {
  await using gateway = await TestGateway.open();
  const { store } = gateway;
  for (const version of ["1", "2", "3", "4"]) {
    await (await FloorHistory.load(store, version, fail)).see(hourMs, 1e6, 1e12);
  }
  await (await FloorHistory.load(store, "5", fail)).see(hourMs, 1e6, 0);
  expect((await store.entries("floors/")).map(([key]) => key)).toContain("floors/5");
});

test("a disk that refuses is told of, and costs a comparison alone", async () => {
  await using gateway = await TestGateway.open();
  const { store } = gateway;
  await store.write([{ key: "floors/odd", value: "{" }]);
  gateway.diskRefuses = true;
  const failures: unknown[] = [];
  const history = await FloorHistory.load(store, "1", (error) => failures.push(error));
  await history.see(hourMs, 20e6, 1);
  expect(failures).toHaveLength(2);
});
