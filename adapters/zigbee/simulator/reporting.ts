import type { Clock, Timer } from "koine/adapter";
import { Writer, type Reader } from "./bytes.ts";
import { isQuantity, lengthOf, zclStatus } from "./zcl.ts";

interface Order {
  readonly endpoint: number;
  readonly cluster: number;
  readonly attribute: number;
  readonly type: number;
  readonly minimumS: number;
  readonly maximumS: number;
  /** Monotonic ms of the last report. */
  reportedAt: number;
  timer?: Timer;
}

/** Reports that the host has ordered: at a change, not more often than it asked, and now and then. */
export class Reporting {
  readonly #clock: Clock;
  readonly #report: (endpoint: number, cluster: number, attribute: number) => void;
  readonly #orders = new Map<string, Order>();

  constructor(
    clock: Clock,
    report: (endpoint: number, cluster: number, attribute: number) => void,
  ) {
    this.#clock = clock;
    this.#report = report;
  }

  forget(): void {
    for (const { timer } of this.#orders.values()) timer?.cancel();
    this.#orders.clear();
  }

  /** Takes the records of one command: ZCL §2.5.7. */
  configure(endpoint: number, cluster: number, records: Reader): void {
    while (records.left > 0) {
      const isMine = records.u8() === 0;
      const attribute = records.u16();
      if (!isMine) {
        records.u16();
        continue;
      }
      const [type, minimumS, maximumS] = [records.u8(), records.u16(), records.u16()];
      if (isQuantity(type)) records.take(lengthOf(type));
      const order = { endpoint, cluster, attribute, type, minimumS, maximumS, reportedAt: 0 };
      this.#orders.get(keyOf(order))?.timer?.cancel();
      this.#orders.set(keyOf(order), order);
    }
  }

  /** What was ordered of the attributes that are asked for: ZCL §2.5.10. */
  describe(endpoint: number, cluster: number, asked: Reader): Writer {
    const body = new Writer();
    while (asked.left >= 3) {
      asked.u8();
      const attribute = asked.u16();
      const order = this.#orders.get(keyOf({ endpoint, cluster, attribute }));
      if (!order) {
        body.u8(zclStatus.unsupportedAttribute, 0).u16(attribute);
        continue;
      }
      body.u8(0, 0).u16(attribute).u8(order.type).u16(order.minimumS, order.maximumS);
      if (isQuantity(order.type)) body.bytes(Buffer.alloc(lengthOf(order.type)));
    }
    return body;
  }

  changed(endpoint: number, cluster: number, attribute: number): void {
    const order = this.#orders.get(keyOf({ endpoint, cluster, attribute }));
    if (!order || order.timer) return;
    const waitMs = order.reportedAt + order.minimumS * 1_000 - this.#clock.monotonic();
    if (waitMs <= 0 || order.reportedAt === 0) return this.#fulfil(order);
    order.timer = this.#clock.after(waitMs, () => {
      delete order.timer;
      this.#fulfil(order);
    });
  }

  #fulfil(order: Order): void {
    order.reportedAt = this.#clock.monotonic();
    this.#report(order.endpoint, order.cluster, order.attribute);
  }
}

function keyOf({
  endpoint,
  cluster,
  attribute,
}: Pick<Order, "endpoint" | "cluster" | "attribute">): string {
  return `${endpoint}/${cluster}/${attribute}`;
}
