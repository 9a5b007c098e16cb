import { BlockList, isIP, type Socket } from "node:net";
import type { Clock } from "../../clock.ts";
import type { Counters } from "../../counters.ts";
import { limits } from "../../limits.ts";

/** How often one address may connect. */
interface Budget {
  /** Connections it may make at once. */
  left: number;
  /** Monotonic ms when that was true. */
  at: number;
  open: number;
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8);
loopback.addAddress("::1", "ipv6");

/** Whether an address is of this machine. */
export function isLoopback(address: string): boolean {
  const version = isIP(address);
  return version > 0 && loopback.check(address, version === 6 ? "ipv6" : "ipv4");
}

/** The address a connection comes from; IPv4 also where it is written as IPv6. */
export function addressOf({ remoteAddress = "" }: Socket): string {
  return remoteAddress.replace(/^::ffff:/, "");
}

/** Decides who may connect at all: so many at once, and so many from one address in a second. */
export class Admission {
  readonly #clock: Clock;
  readonly #counters: Counters;
  readonly #budgets = new Map<string, Budget>();
  #open = 0;

  constructor(clock: Clock, counters: Counters) {
    this.#clock = clock;
    this.#counters = counters;
  }

  /** Whether a new connection may stay; one that may not is closed already. */
  admit(socket: Socket): boolean {
    const address = addressOf(socket);
    const budget = this.#budgetOf(address);
    const reason = this.#reasonAgainst(address, budget);
    if (reason !== undefined) {
      this.#counters.add(`refused.connections.${reason}`);
      socket.destroy();
      return false;
    }
    budget.left -= 1;
    budget.open += 1;
    this.#open += 1;
    socket.once("close", () => {
      budget.open -= 1;
      this.#open -= 1;
    });
    return true;
  }

  /** The system could not take a connection, such as for want of file handles. */
  failed(): void {
    this.#counters.add("refused.connections.system");
  }

  #reasonAgainst(address: string, { left, open }: Budget): string | undefined {
    if (this.#open >= limits.mqttConnections) return "too_many";
    const { connections } = limitsOf(address);
    if (open >= connections) return "too_many_of_address";
    return left < 1 ? "too_often" : undefined;
  }

  #budgetOf(address: string): Budget {
    const { burst, perSecond } = limitsOf(address);
    const now = this.#clock.monotonic();
    const known = this.#budgets.get(address);
    const budget = known ?? { left: burst, at: now, open: 0 };
    budget.left = Math.min(budget.left + ((now - budget.at) / 1_000) * perSecond, burst);
    budget.at = now;
    this.#budgets.delete(address);
    this.#budgets.set(address, budget);
    if (!known) this.#forgetOne();
    return budget;
  }

  /** The table has an end; who was not there for longest, and is not now, is forgotten. */
  #forgetOne(): void {
    if (this.#budgets.size <= limits.mqttAddresses) return;
    for (const [address, { open }] of this.#budgets) {
      if (open > 0) continue;
      this.#budgets.delete(address);
      return;
    }
  }
}

function limitsOf(address: string): { connections: number; burst: number; perSecond: number } {
  return isLoopback(address) ? limits.mqttOfLoopback : limits.mqttOfAddress;
}
