import { AfricasTalkingServer } from "../../adapters/sms/simulator/providers/africastalking.ts";
import { SmsGateServer } from "../../adapters/sms/simulator/providers/smsgate.ts";
import { TwilioServer } from "../../adapters/sms/simulator/providers/twilio.ts";
import { VonageServer } from "../../adapters/sms/simulator/providers/vonage.ts";
import { firstFreePort } from "../../src/bus/embedded/listener.ts";
import { SmsWorld } from "./sms-world.ts";

export type Inbound = "poll" | "webhook" | "none";

/** Ports of webhooks, so that tests that run at once have different ones. */
let nextPort = 18_300;

/** Every provider on this machine, and gateways that know them. */
export class SimulatedProviders implements AsyncDisposable {
  readonly twilio = new TwilioServer();
  readonly vonage = new VonageServer();
  readonly smsgate = new SmsGateServer();
  readonly africastalking = new AfricasTalkingServer();
  #port = 0;

  static async open(): Promise<SimulatedProviders> {
    const providers = new SimulatedProviders();
    for (const server of providers.#servers) await server.open();
    nextPort += 1;
    providers.#port = await firstFreePort("127.0.0.1", nextPort);
    nextPort = providers.#port;
    return providers;
  }

  get #servers() {
    return [this.twilio, this.vonage, this.smsgate, this.africastalking].map(
      ({ server }) => server,
    );
  }

  /** What the configuration says of them. */
  configs(inbound: Inbound = "none") {
    const { twilio, vonage, smsgate, africastalking } = this;
    const common = { poll_s: 1, inbound };
    return {
      twilio: {
        use: "twilio",
        account: twilio.account,
        token: twilio.token,
        from: twilio.number,
        url: twilio.server.url,
        ...common,
      },
      vonage: {
        use: "vonage",
        api_key: vonage.key,
        secret: vonage.secret,
        from: "Koine",
        signature: { secret: vonage.signatureSecret, method: "sha256" },
        url: vonage.server.url,
        inbound: inbound === "webhook" ? inbound : "none",
      },
      smsgate: {
        use: "smsgate",
        url: smsgate.server.url,
        password: smsgate.password,
        signing_key: smsgate.signingKey,
        ...common,
      },
      africastalking: {
        use: "africastalking",
        username: africastalking.username,
        api_key: africastalking.key,
        hook_secret: "0123456789abcdef",
        url: africastalking.server.url,
        ...common,
      },
    } as const;
  }

  /** A gateway with these providers, without a modem, and with webhooks. */
  async world(
    names: readonly (keyof ReturnType<SimulatedProviders["configs"]>)[],
    { inbound, timeScale = 1 }: { readonly inbound?: Inbound; readonly timeScale?: number } = {},
  ): Promise<SmsWorld> {
    const configs = this.configs(inbound);
    const providers = names.map((name) => configs[name]);
    const webhooks = { listen: `http://127.0.0.1:${this.#port}` };
    const world = await SmsWorld.open({ config: { modems: [], providers, webhooks }, timeScale });
    await world.adapterState('"state":"online"');
    return world;
  }

  /** Where a gateway listens to them. */
  hookUrl(path: string): string {
    return `http://127.0.0.1:${this.#port}/sms/${path}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) await server.close();
  }
}
