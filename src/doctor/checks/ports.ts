import { createServer } from "node:net";
import { addressText, type ListenerAddress } from "../../bus/embedded/listener.ts";
import { ok, problem, type Finding } from "../../model/finding.ts";
import { holdersOf, holdersText, textOf } from "../machine-files.ts";
import type { Surroundings } from "../surroundings.ts";

/** Whether the broker could listen where it is to; asked only while no gateway runs. */
export async function checkPorts(
  listen: readonly ListenerAddress[],
  surroundings: Surroundings,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const address of listen) findings.push(await checkPort(address, surroundings));
  return findings;
}

async function checkPort(address: ListenerAddress, surroundings: Surroundings): Promise<Finding> {
  const text = addressText(address);
  const { port } = address;
  switch (await tryPort(address)) {
    case undefined:
      return ok(`${text} is free`);
    case "EADDRINUSE": {
      const holder = holdersText(await listeners(port, surroundings));
      return problem("port_taken", `${text} is taken`, {
        why: holder ?? `Another program listens there; "sudo koine doctor" can see which`,
        next: `End that program, or choose another port: bus: { listen: [${addressText({ ...address, port: port + 10 })}] }`,
      });
    }
    case "EACCES":
      return problem("port_forbidden", `${text} may not be used by ${surroundings.user.name}`, {
        why: "Ports below 1024 are for root",
        next: `Choose one above: bus: { listen: [${addressText({ ...address, port: port + 8_000 })}] }`,
      });
    default:
      return problem("address_missing", `${text} is not an address of this machine`, {
        why: "No network of this machine has it, or not yet",
        next: "ip -brief address; then correct bus.listen in koine.yaml",
      });
  }
}

/** Undefined when it is free; otherwise the code of the system. */
function tryPort({ host, port }: ListenerAddress): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => resolve("code" in error ? String(error.code) : "?"));
    server.listen({ host, port }, () => server.close(() => resolve(undefined)));
  });
}

/** Who listens on a TCP port, as far as it may be seen. */
async function listeners(port: number, surroundings: Surroundings): ReturnType<typeof holdersOf> {
  const tables = await Promise.all(
    ["/proc/net/tcp", "/proc/net/tcp6"].map((file) => textOf(surroundings, file)),
  );
  const hexPort = port.toString(16).toUpperCase().padStart(4, "0");
  const inodes = tables.flatMap((table) =>
    (table ?? "").split("\n").flatMap((line) => {
      // sl, local address, remote address, state (0A: listening), …, inode as the tenth.
      const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
      return state === "0A" && local.endsWith(`:${hexPort}`) && inode ? [inode] : [];
    }),
  );
  const found = await Promise.all(
    inodes.map((inode) => holdersOf(surroundings, `socket:[${inode}]`)),
  );
  return found.flat();
}
