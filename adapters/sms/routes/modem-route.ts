import { ProtocolError } from "koine/adapter";
import type { ModemKeeper } from "../modem/keeper.ts";
import { segment } from "../pdu/segments.ts";
import { encodeSubmit } from "../pdu/submit.ts";
import type { Outgoing, Route, Sent } from "./route.ts";

export interface ModemRouteOptions {
  readonly keeper: ModemKeeper;
  readonly price: number;
  readonly wantsReports: boolean;
}

/** Texts over a modem: each piece is one message of the network. */
export class ModemRoute implements Route {
  readonly #options: ModemRouteOptions;

  constructor(options: ModemRouteOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.keeper.name;
  }

  get price(): number {
    return this.#options.price;
  }

  get isReady(): boolean {
    return this.#options.keeper.modem?.isReady === true;
  }

  pieces(body: string): number {
    return segment(body).length;
  }

  async send({ to, body, piece, reference, validityS }: Outgoing): Promise<Sent> {
    const { keeper, wantsReports } = this.#options;
    const part = segment(body, reference)[piece];
    if (!part || !keeper.modem) {
      return { outcome: "refused", refusal: "temporary", message: "The modem is gone" };
    }
    const address = { text: to, isName: false };
    try {
      const submit = { to: address, body: part, validityS, wantsReport: wantsReports };
      return await keeper.modem.send(encodeSubmit(submit));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return { outcome: "refused", refusal: "final", message: error.message };
    }
  }
}
