/**
 * A simulated stick with many devices, as a process of its own: what it costs is nobody else's. Told
 * over IPC what to do; answers each message with one of its own.
 */
import { systemClock } from "../../../dist/src/clock.js";
import { House } from "../../../dist/adapters/zigbee/simulator/house.js";

const temperature = 0x0402;
const onOff = 0x0006;
const network = { panId: 0x4b02, extendedPanId: "4b6f696e65000002", channel: 20 };

/** Ms since 1970, in parts of a millisecond: the same in every process. */
const now = () => performance.timeOrigin + performance.now();
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const house = new House({ clock: systemClock(), random: Math.random, isPaced: true });
const models = [...house.devices.values()].map(({ model }) => model);
let commandAt;
house.stick.onRequest = ({ subsystem, command, data }) => {
  const isOnOff = subsystem === 4 && command === 1 && data.readUInt16LE(4) === onOff;
  // A cluster command, not a read: frame type 1, command 0…2.
  const isWrite = isOnOff && (data[10] & 3) === 1;
  if (isWrite) commandAt ??= now();
};

/** Fills the house up, each kind again and again. */
function furnish(count) {
  for (let n = house.devices.size; n < count; n++) {
    house.add(`024b4f00${n.toString(16).padStart(8, "0")}`, models[n % models.length]);
  }
}

const sensors = () =>
  [...house.devices.values()].filter(
    (one) => one.get(1, temperature, 0) !== undefined && !one.model.isRouter,
  );

async function join() {
  await house.radio.opened();
  for (const device of house.devices.values()) {
    device.join();
    await sleep(250);
  }
}

/** Reports so many temperatures a second, no two the same; answers when each was sent. */
async function report({ perSecond, seconds, first }) {
  const all = sensors();
  /** @type {[ieee: string, value: number, at: number][]} */
  const sent = [];
  const startedAt = now();
  for (let n = 0; n < perSecond * seconds; n++) {
    const waitMs = startedAt + (n * 1_000) / perSecond - now();
    if (waitMs > 0.5) await sleep(waitMs);
    const device = all[n % all.length];
    const value = -2_000 + ((first + n) % 6_000);
    device.set(1, temperature, 0, value);
    sent.push([device.ieee, value / 100, now()]);
    device.report(1, temperature, [0]);
  }
  return sent;
}

const answers = new Map(
  Object.entries({
    open: async ({ count, port, key }) => {
      furnish(count);
      house.stick.form(network, Buffer.from(key, "hex"));
      await house.line.open(port);
      const switchable = [...house.devices.values()].find((one) =>
        one.model.name.includes("SP 240"),
      );
      return { port: house.line.port, network, plug: switchable.ieee };
    },
    join: async () => {
      await join();
      return house.devices.size;
    },
    report,
    watch: async () => {
      commandAt = undefined;
      return true;
    },
    commandAt: async () => Number(commandAt ?? Number.NaN) || null,
  }),
);

process.on("message", ({ ask, ...params }) => {
  void answer(ask, params);
});
process.on("disconnect", () => process.exit());
process.send("ready");

async function answer(ask, params) {
  process.send(await answers.get(ask)?.(params));
}
