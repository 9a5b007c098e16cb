import { createServer, type Server } from "node:net";
import { addressText, firstFreePort, type ListenerAddress } from "../../bus/embedded/listener.ts";
import { reasonOf } from "../../errors.ts";
import { ok, problem, type Finding } from "../../model/finding.ts";
import { holdersOf, holdersText, textOf } from "../machine-files.ts";
import type { Surroundings } from "../surroundings.ts";

/** Where ports begin that are not for root alone, and where they end. */
const [firstForAll, lastPort] = [1_024, 65_535] as const;
/** How far above a port another one is looked for. */
const step = 10;

/** Whether the broker could listen where it is to; asked only while no gateway runs. */
export async function checkPorts(
  listen: readonly ListenerAddress[],
  surroundings: Surroundings,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  // All at once, as the gateway has them: two of its own may be in each other's way.
  const held: Server[] = [];
  try {
    for (const [index, address] of listen.entries()) {
      const tried = await tryPort(address);
      if (tried instanceof Error) {
        findings.push(await portProblem(tried, { listen, index, address, surroundings }));
      } else {
        held.push(tried);
        findings.push(ok(`${addressText(address)} is free`));
      }
    }
    return findings;
  } finally {
    await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

interface Wanted {
  readonly listen: readonly ListenerAddress[];
  /** Which of them it is about. */
  readonly index: number;
  readonly address: ListenerAddress;
  readonly surroundings: Surroundings;
}

async function portProblem(error: NodeJS.ErrnoException, wanted: Wanted): Promise<Finding> {
  const { listen, index, address, surroundings } = wanted;
  const text = addressText(address);
  switch (error.code) {
    case "EADDRINUSE": {
      const { port } = address;
      const twin = listen.slice(0, index).find((other) => other.port === port);
      const holder = holdersText(await listeners(port, surroundings));
      const unseen = twin
        ? `bus.listen has ${addressText(twin)}, too`
        : 'Another program listens there; "sudo koine doctor" can see which';
      return problem("port_taken", `${text} is taken`, {
        why: holder ?? unseen,
        next: `${twin ? "Choose" : "End that program, or choose"} another port in koine.yaml: ${await otherListen(wanted, port + step)}`,
      });
    }
    case "EACCES":
      return problem("port_forbidden", `${text} may not be used by ${surroundings.user.name}`, {
        why: `Ports below ${firstForAll} are for root`,
        next: `Choose one above in koine.yaml: ${await otherListen(wanted, address.port + 8_000)}`,
      });
    case "EADDRNOTAVAIL":
      return problem("address_missing", `${text} is not an address of this machine`, {
        why: "No network of this machine has it, or not yet",
        next: "ip -brief address; then correct bus.listen in koine.yaml",
      });
    default:
      return problem("address_missing", `${text} cannot be listened on`, {
        why: reasonOf(error),
        next: "ip -brief address; then correct bus.listen in koine.yaml",
      });
  }
}

/** `bus.listen` as it stands, but for one port: the next free one. */
async function otherListen({ listen, index }: Wanted, from: number): Promise<string> {
  const others = await Promise.all(
    listen.map(async (address, at) => {
      if (at !== index) return address;
      const port = await firstFreePort(address.host, from > lastPort ? firstForAll : from);
      return { ...address, port };
    }),
  );
  return `bus: { listen: [${others.map((one) => `"${addressText(one)}"`).join(", ")}] }`;
}

/** A server that listens there, or why none can; caller closes it. */
function tryPort({ host, port }: ListenerAddress): Promise<Server | NodeJS.ErrnoException> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", resolve);
    server.listen({ host, port }, () => resolve(server));
  });
}

/** Who listens on a TCP port, as far as it may be seen. */
async function listeners(port: number, surroundings: Surroundings): ReturnType<typeof holdersOf> {
  const tables = await Promise.all(
    ["/proc/net/tcp", "/proc/net/tcp6"].map((file) => textOf(surroundings, file)),
  );
  const hexPort = port.toString(16).toUpperCase().padStart(4, "0");
  const sockets = tables.flatMap((table) =>
    (table ?? "").split("\n").flatMap((line) => {
      // sl, local address, remote address, state (0A: listening), …, inode as the tenth.
      const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
      return state === "0A" && local.endsWith(`:${hexPort}`) && inode ? [`socket:[${inode}]`] : [];
    }),
  );
  return sockets.length === 0 ? [] : holdersOf(surroundings, sockets);
}
