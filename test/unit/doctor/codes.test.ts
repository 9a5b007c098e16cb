import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { findingCodes, type FindingCode } from "../../../src/model/finding.ts";
import { Machine, troubles } from "../../support/doctor.ts";
import { ofMachine } from "./provocations/machine.ts";
import { ofTheGateway } from "./provocations/gateway.ts";
import { ofNetwork } from "./provocations/network.ts";
import { ofPluggedIn } from "./provocations/plugged-in.ts";
import type { Provocation } from "./provocations/provocation.ts";

/** For each code, something real that leads to it. The compiler holds that none is left out. */
const provocations = {
  ...ofMachine,
  ...ofTheGateway,
  ...ofNetwork,
  ...ofPluggedIn,
} satisfies Record<FindingCode, Provocation>;

/** Many containers let everybody have every port. */
const firstForAll = Number(readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8"));

test.for(findingCodes)("%s is found, and what to do is said", async (code, { skip }) => {
  if (code === "port_forbidden") skip(firstForAll <= 883, "no port is for root alone");
  await using machine = await Machine.make();
  const { provoke, level, says }: Provocation = provocations[code];
  const found = troubles(await provoke(machine), code);
  expect(found).toHaveLength(1);
  const [{ level: itsLevel, what, why, next } = {}] = found;
  expect(itsLevel).toBe(level);
  expect([what, why, next].join(" ")).toMatch(says);
});
