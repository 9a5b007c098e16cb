import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { House } from "../../adapters/zigbee/simulator/house.ts";
import { systemClock } from "../../src/clock.ts";
import { Koine } from "./daemon.ts";

const key = "00112233445566778899aabbccddeeff";
const network = { panId: 0x4b04, extendedPanId: "4b6f696e65000004", channel: 20 };

/** The built daemon, not started, and the simulated house whose network it formed in an earlier run. */
export class ZigbeeDaemon implements AsyncDisposable {
  readonly house: House;
  readonly koine: Koine;

  private constructor(house: House, koine: Koine) {
    this.house = house;
    this.koine = koine;
  }

  /** @param others entries of `adapters` beside the stick */
  static async open(...others: readonly string[]): Promise<ZigbeeDaemon> {
    const house = new House({ clock: systemClock(), random: Math.random });
    house.stick.form(network, Buffer.from(key, "hex"));
    await house.line.open();
    const stick = `{ use: zigbee, port: "${house.line.address}", stick: zstack }`;
    const adapters = [...others, stick].map((entry) => `  - ${entry}`);
    const config = ["bus: { listen: [tcp://127.0.0.1:0] }", "adapters:", ...adapters];
    const koine = await Koine.open(`${config.join("\n")}\n`);
    const folder = join(koine.directory, "koine-data/adapters/zigbee");
    await mkdir(folder, { recursive: true });
    const { panId, extendedPanId, channel } = network;
    const file = { pan_id: panId, extended_pan_id: extendedPanId, channel, key };
    await writeFile(join(folder, "network.json"), JSON.stringify(file));
    return new ZigbeeDaemon(house, koine);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.koine[Symbol.asyncDispose]();
    await this.house.line.close();
  }
}
