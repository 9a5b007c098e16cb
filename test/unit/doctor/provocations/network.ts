import { spawn } from "node:child_process";
import { join } from "node:path";
import { issueAuthority, makeKey } from "../../../../src/bus/access/issue-certificates.ts";
import { checkBus } from "../../../../src/doctor/checks/broker.ts";
import { checkCertificates } from "../../../../src/doctor/checks/certificates.ts";
import { checkPorts } from "../../../../src/doctor/checks/ports.ts";
import type { Finding } from "../../../../src/model/finding.ts";
import { TestBroker } from "../../../support/broker.ts";
import { asNobody, type Machine } from "../../../support/doctor.ts";
import { closedPort, ofAdapter, type Provocations } from "./provocation.ts";

async function ofBus(machine: Machine, bus: string): Promise<readonly Finding[]> {
  const { config } = await machine.load(`bus: ${bus}\n`);
  return checkBus(config.bus, join(machine.root, "data"), false, machine.surroundings());
}

async function ofCertificate(
  machine: Machine,
  until: number,
  isForeign: boolean,
): Promise<readonly Finding[]> {
  const key = await makeKey();
  const certificate = await issueAuthority({ key, untilMs: until });
  const other = isForeign ? await makeKey() : key;
  await machine.write("cert.pem", certificate.toString());
  await machine.write("key.pem", other.export({ type: "pkcs8", format: "pem" }).toString());
  const tls = "tls: { cert: cert.pem, key: key.pem }";
  const { config } = await machine.load(`bus: { listen: [tls://127.0.0.1:0], ${tls} }\n`);
  return checkCertificates(config.bus, machine.root, machine.surroundings());
}

const loopback = { protocol: "tcp", host: "127.0.0.1" } as const;

/** Ports, brokers, certificates and servers. */
export const ofNetwork = {
  port_taken: {
    provoke: async (machine) => {
      const port = await closedPort();
      const script = `require("node:net").createServer().listen(${port}, "127.0.0.1", () => console.log("on"))`;
      const other = spawn(process.execPath, ["--eval", script]);
      await new Promise((resolve) => {
        other.stdout.once("data", resolve);
      });
      try {
        const surroundings = machine.surroundings({ root: "/" });
        return await checkPorts([{ ...loopback, port }], surroundings);
      } finally {
        other.kill();
      }
    },
    level: "problem",
    says: /is taken.*node \(process \d+\).*bus: \{ listen: \["tcp:\/\/127\.0\.0\.1:\d+"\] \}/,
  },
  port_forbidden: {
    provoke: () =>
      asNobody(
        { checkPorts: "src/doctor/checks/ports.js" },
        'checkPorts([{ protocol: "tls", host: "127.0.0.1", port: 883 }], surroundings)',
      ),
    level: "problem",
    says: /883 may not be used by nobody.*1024 are for root.*tls:\/\/127\.0\.0\.1:8883/,
  },
  address_missing: {
    provoke: (machine) =>
      checkPorts([{ protocol: "tcp", host: "192.0.2.1", port: 1883 }], machine.surroundings()),
    level: "problem",
    says: /192\.0\.2\.1:1883 is not an address of this machine.*ip -brief address/,
  },
  broker_open: {
    provoke: (machine) => ofBus(machine, "{ listen: [tls://0.0.0.0:0] }"),
    level: "problem",
    says: /open to everybody.*koine user add anna --role admin/,
  },
  broker_unreachable: {
    provoke: async (machine) => ofBus(machine, `{ url: "mqtt://127.0.0.1:${await closedPort()}" }`),
    level: "problem",
    says: /cannot be reached.*connection refused.*ping -c 3 127\.0\.0\.1/,
  },
  broker_refused: {
    provoke: async (machine) => {
      await using broker = await TestBroker.open();
      await broker.users.add({ name: "anna", role: "admin" }, "correct horse");
      const url = broker.url().replace("//", "//anna:wrong-horse@");
      return await ofBus(machine, `{ url: "${url}" }`);
    },
    level: "problem",
    says: /anna:\*\*\*@.* does not let us in.*user name and password/,
  },
  certificate_unusable: {
    provoke: (machine) => ofCertificate(machine, Date.UTC(2040, 0, 1), true),
    level: "problem",
    says: /cannot be used.*key\.pem" is the key of another certificate.*bus\.tls/,
  },
  certificate_expired: {
    provoke: (machine) => ofCertificate(machine, Date.UTC(2025, 1, 28), false),
    level: "warning",
    says: /cert\.pem" expired on 2025-02-28.*refuse/,
  },
  server_unreachable: {
    provoke: async (machine) =>
      ofAdapter(
        machine,
        `{ use: zigbee, stick: zstack, port: "tcp://127.0.0.1:${await closedPort()}" }`,
      ),
    level: "problem",
    says: /Zigbee stick at 127\.0\.0\.1:\d+ does not answer.*connection refused.*ping -c 3/,
  },
} satisfies Provocations;
