import { reasonOf, type AdapterHost } from "koine/adapter";
import type { Link } from "../../mqtt/link.ts";
import type { BleConfig } from "../config.ts";
import { limits } from "../limits.ts";
import type { Report } from "../radio/radio.ts";
import { ownBytes } from "../senders.ts";
import { openLink } from "./relays.ts";

export interface TellerOptions {
  readonly host: AdapterHost;
  readonly place: NonNullable<BleConfig["relay_to"]>;
  readonly signal: AbortSignal;
}

/** Tells another gateway what is heard here, a handful at a time. Decodes nothing. */
export class Teller {
  readonly #options: TellerOptions;
  #waiting: Report[] = [];
  /** When the same frame of a sender was told last: monotonic ms. */
  readonly #told = new Map<string, { data: Buffer; atMs: number }>();

  constructor(options: TellerOptions) {
    this.#options = options;
  }

  /** Takes a report; a copy of what was told a moment ago is left out. */
  take(report: Report): void {
    const { host } = this.#options;
    const now = host.clock.monotonic();
    const key = `${report.address} ${report.isResponse}`;
    const told = this.#told.get(key);
    if (told?.data.equals(report.data) === true && now - told.atMs < limits.relayCopyMs) return;
    this.#told.delete(key);
    this.#told.set(key, { data: ownBytes(report.data), atMs: now });
    const oldest = this.#told.keys().next().value;
    if (this.#told.size > limits.senders && oldest !== undefined) this.#told.delete(oldest);
    this.#waiting.push(report);
    if (this.#waiting.length <= limits.relayQueue) return;
    this.#waiting.shift();
    host.count("relay_dropped");
  }

  /** Tells until the signal aborts, over a connection that is made again when it goes. */
  async run(): Promise<void> {
    const { host, place, signal } = this.#options;
    for (let failures = 0; !signal.aborted;) {
      try {
        const link = await openLink(host, place, signal);
        try {
          await link.open([], () => {});
          failures = 0;
          await this.#tell(link);
        } finally {
          await link.close();
        }
      } catch (err) {
        if (signal.aborted) return;
        host.count("relay_lost");
        if (failures === 0) host.log.warn({ reason: reasonOf(err) }, "relay gone");
        failures += 1;
      }
      const waitMs = Math.min(limits.relayRetryMs * 2 ** failures, limits.relayRetryCeilingMs);
      await host.clock.sleep(waitMs, signal).catch(() => {});
    }
  }

  async #tell(link: Link): Promise<void> {
    const { host, place, signal } = this.#options;
    const gone = link.gone.then((error): never => {
      throw error;
    });
    gone.catch(() => {});
    while (!signal.aborted) {
      await Promise.race([host.clock.sleep(limits.relayMs, signal).catch(() => {}), gone]);
      const told = this.#waiting.splice(0, limits.relayed);
      if (told.length === 0) continue;
      const payload = JSON.stringify(told.map(documentOf));
      await Promise.race([link.publish({ topic: place.topic, payload }), gone]);
    }
  }
}

/** An advertisement as another gateway reads it. */
function documentOf({
  address,
  addressType,
  isResponse,
  isConnectable,
  rssi,
  data,
}: Report): Record<string, string | number | boolean> {
  return {
    address: address.replace(/..(?=.)/g, "$&:"),
    ...(addressType !== "unknown" && { type: addressType }),
    ...(isResponse && { response: true }),
    ...(isConnectable && { connectable: true }),
    ...(rssi !== undefined && { rssi }),
    data: data.toString("hex"),
  };
}
