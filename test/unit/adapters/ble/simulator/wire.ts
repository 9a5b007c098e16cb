import { Air } from "../../../../../adapters/ble/simulator/air.ts";
import {
  Controller,
  type ControllerOptions,
} from "../../../../../adapters/ble/simulator/controller.ts";
import { ManualClock } from "../../../../support/manual-clock.ts";
import { seeded } from "./seeded.ts";

/** Commands of a host, as it sends them. */
export const commands = {
  reset: "01030c00",
  /** All events, LE Meta among them. */
  eventMask: "01010c08ffffffffffffff3f",
  leEventMask: "01012008 ffffff0000000000",
  activeScan: "010b2007 01 1200 1200 00 00",
  scanOn: "010c2002 01 00",
  scanOnFiltered: "010c2002 01 01",
  scanOff: "010c2002 00 00",
  extendedParameters: "0141200d 00 00 05 01 1200 1200 01 1200 1200",
  extendedOn: "01422006 01 00 0000 0000",
} as const;

/** A controller, and the bytes between it and a host. */
export class Wire {
  readonly clock = new ManualClock();
  readonly air: Air;
  readonly controller: Controller;
  readonly #sent: string[] = [];

  constructor(options: Partial<ControllerOptions> = {}) {
    const shared = { clock: this.clock, random: seeded() };
    this.air = new Air(shared);
    this.controller = new Controller({ ...shared, air: this.air, ...options });
    this.plug();
  }

  /** A host connects; the controller is as after a reset. */
  plug(): void {
    this.controller.attach({ write: (bytes) => void this.#sent.push(bytes.toString("hex")) });
  }

  /** Sends packets, written in hexadecimal, and gives what comes back at once. */
  send(...packets: readonly string[]): readonly string[] {
    for (const packet of packets) {
      this.controller.receive(Buffer.from(packet.replaceAll(" ", ""), "hex"));
    }
    return this.heard();
  }

  /** What came since it was asked last. */
  heard(): readonly string[] {
    return this.#sent.splice(0);
  }

  /** Lets time pass, and gives what came. */
  async after(ms: number): Promise<readonly string[]> {
    await this.clock.advance(ms);
    return this.heard();
  }

  /** A connection to a public address with the first handle, 7.5 ms and 420 ms. */
  async connect(address: string): Promise<readonly string[]> {
    this.send(commands.eventMask, commands.leEventMask);
    this.send(createConnection(address));
    return this.after(1_000);
  }

  /** Sends an ATT PDU over the first connection, and gives the PDU that answers. */
  async request(pdu: string): Promise<string | undefined> {
    this.send(att(pdu));
    const [answer] = pdusOf(await this.after(50));
    return answer;
  }
}

/** LE Create Connection to a public address: 7.5 … 22.5 ms, no latency, 420 ms. */
export function createConnection(address: string): string {
  const bytes = Buffer.from(Buffer.from(address, "hex").toReversed()).toString("hex");
  return `010d2019 6000 3000 00 00 ${bytes} 00 0600 1200 0000 2a00 0400 0600`;
}

export const firstHandle = "4000";

/** An ATT PDU in one ACL packet. */
export function att(pdu: string): string {
  const bytes = Buffer.from(pdu.replaceAll(" ", ""), "hex");
  const head = Buffer.alloc(6);
  head.writeUInt16LE(bytes.length + 4, 0);
  head.writeUInt16LE(bytes.length, 2);
  head.writeUInt16LE(4, 4);
  return `02${firstHandle}${head.toString("hex")}${bytes.toString("hex")}`;
}

/** The ATT PDUs in what a controller sent, put together again. */
export function pdusOf(packets: readonly string[]): readonly string[] {
  const messages: string[] = [];
  for (const packet of packets) {
    if (!packet.startsWith("02")) continue;
    const isFirst = packet.slice(4, 6) === "20";
    if (isFirst) messages.push(packet.slice(10));
    else messages.push(`${messages.pop() ?? ""}${packet.slice(10)}`);
  }
  return messages.filter((one) => one.slice(4, 8) === "0400").map((one) => one.slice(8));
}
