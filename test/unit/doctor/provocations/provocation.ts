import { createServer, type AddressInfo } from "node:net";
import { checkAdapter } from "../../../../src/doctor/checks/adapter.ts";
import type { Finding, FindingCode } from "../../../../src/model/finding.ts";
import type { Machine } from "../../../support/doctor.ts";

/** What is wrong, and words of what is said of it. */
export interface Provocation {
  readonly provoke: (machine: Machine) => Promise<readonly Finding[]>;
  readonly level: "problem" | "warning";
  readonly says: RegExp;
}

/** Some of the codes. */
export type Provocations = Partial<Record<FindingCode, Provocation>>;

export async function ofAdapter(machine: Machine, entry: string): Promise<readonly Finding[]> {
  const { findings } = await checkAdapter(
    await machine.adapter(entry),
    false,
    machine.surroundings(),
  );
  return findings;
}

/** A port of this machine on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}
