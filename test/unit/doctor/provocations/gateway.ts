import { chmod } from "node:fs/promises";
import { ControlSocket } from "../../../../src/bus/control-socket.ts";
import { systemClock } from "../../../../src/clock.ts";
import { Counters } from "../../../../src/counters.ts";
import { checkAdapter } from "../../../../src/doctor/checks/adapter.ts";
import { checkGateway } from "../../../../src/doctor/checks/gateway.ts";
import type { Finding } from "../../../../src/model/finding.ts";
import { asNobody, type Machine } from "../../../support/doctor.ts";
import type { Provocations } from "./provocation.ts";

/** A gateway that answers at its control socket. */
async function ofGateway(
  machine: Machine,
  ask: (verb: string) => Promise<object>,
  timeScale = 1,
): Promise<readonly Finding[]> {
  const directory = machine.root;
  const control = await ControlSocket.open({ directory, ask, counters: new Counters() });
  try {
    const surroundings = machine.surroundings({ clock: systemClock(timeScale) });
    return (await checkGateway(directory, surroundings, "koine run")).findings;
  } finally {
    await control.close();
  }
}

async function ofService(machine: Machine, shown: string): Promise<readonly Finding[]> {
  await machine.program("systemctl", shown);
  return (await checkGateway(machine.root, machine.surroundings(), "koine run")).findings;
}

const answer = { _id: "1", _ts: "2026-11-25T12:00:00.000Z", status: "ok" };
const healthy = { ...answer, data: { healthy: true, troubles: [] } };
const info = (state: string): object => ({
  ...answer,
  data: { version: "1", pid: 42, adapters: [{ name: "zigbee", state, reason: "no stick" }] },
});

/** The gateway, its adapters and its service. */
export const ofTheGateway = {
  gateway_down: {
    provoke: async (machine) =>
      (await checkGateway(machine.root, machine.surroundings(), "koine run")).findings,
    level: "warning",
    says: /No gateway runs.*Nobody answers.*koine run/,
  },
  gateway_closed: {
    provoke: async ({ root }) => {
      const directory = root;
      const control = await ControlSocket.open({
        directory,
        ask: async () => healthy,
        counters: new Counters(),
      });
      await chmod(root, 0);
      try {
        return await asNobody(
          { checkGateway: "src/doctor/checks/gateway.js" },
          `checkGateway(${JSON.stringify(root)}, surroundings, "").then((it) => it.findings)`,
        );
      } finally {
        await chmod(root, 0o700);
        await control.close();
      }
    },
    level: "warning",
    says: /cannot be seen by this user.*somebody else.*sudo koine doctor/,
  },
  gateway_unhealthy: {
    provoke: (machine) => ofGateway(machine, () => new Promise(() => {}), 40),
    level: "problem",
    says: /does not work.*did not answer within 8 s.*systemctl restart koine/,
  },
  adapter_down: {
    provoke: (machine) =>
      ofGateway(machine, async (verb) => (verb === "info" ? info("waiting") : healthy)),
    level: "problem",
    says: /Adapter zigbee is waiting.*no stick.*"adapter":"zigbee"/,
  },
  adapter_unclear: {
    provoke: async (machine) => {
      const kind = {
        ...(await machine.adapter("{ use: wifi }")).kind,
        needs: () => {
          throw new TypeError("port is not defined");
        },
      };
      const surroundings = machine.surroundings();
      return (await checkAdapter({ name: "mine", kind, config: {} }, false, surroundings)).findings;
    },
    level: "warning",
    says: /adapter mine needs cannot be told.*port is not defined/,
  },
  service_missing: {
    provoke: (machine) =>
      ofService(machine, "LoadState=not-found\nActiveState=inactive\nResult=success"),
    level: "warning",
    says: /after a power cut.*sudo koine service install/,
  },
  service_failed: {
    provoke: (machine) =>
      ofService(machine, "LoadState=loaded\nActiveState=failed\nResult=exit-code"),
    level: "problem",
    says: /has failed.*exit-code.*journalctl -u koine/,
  },
} satisfies Provocations;
