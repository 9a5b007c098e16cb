import { Aedes, type Client } from "aedes";

const inherited: unknown = Reflect.get(Aedes.prototype, "registerClient");

/** aedes, but for one thing: a client that was closed while it was let in is not let in any more. */
export class Broker extends Aedes {
  /**
   * Called by aedes 1.2.0 when a client is accepted. Registered all the same, one that is gone would
   * put out whoever has its client id by now, and stay for ever.
   */
  registerClient(client: Client): void {
    if (!client.closed && typeof inherited === "function") inherited.call(this, client);
  }
}
