import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { Koine, type Running } from "../support/daemon.ts";

const config = `
bus: { listen: [tcp://127.0.0.1:0] }
adapters:
  - use: wifi
    name: farm
    password: !env BROKER_PASSWORD
`;

/** A running gateway, and devices on its broker. */
async function farm(): Promise<{ koine: Koine; daemon: Running }> {
  const koine = await Koine.open("bus: { listen: [tcp://127.0.0.1:0] }\n");
  const daemon = koine.start("run");
  const simulated = koine.start("simulate", "wifi", "--url", await daemon.url());
  await simulated.says(/^SIMULATED wifi devices talk to mqtt:/m);
  const subscriber = await koine.subscriber(daemon);
  await subscriber.next(({ topic }) => topic === "koine/1/wifi-024b4f000004/value/energy");
  await subscriber.next(({ topic }) => topic === "koine/1/wifi-024b4f000005/value/position");
  return { koine, daemon };
}

describe("koine, through the control socket,", () => {
  test("renames, explains, replaces and removes devices, and asks anything else", async () => {
    const { koine, daemon } = await farm();
    await using _ = koine;
    const renamed = await koine.run("devices", "rename", "pump", "North pump");
    expect(renamed).toMatchObject({ code: 0, out: "pump is now called North pump\n" });
    const taken = await koine.run("devices", "rename", "Gate", "north PUMP");
    expect(taken).toMatchObject({
      code: 1,
      err: 'The name "north PUMP" belongs to wifi-024b4f000004\n',
    });

    const explained = await koine.run("explain", "north pump", "energy", "onoff");
    expect(explained.code).toBe(0);
    expect(explained.out).toMatch(/^North pump \(wifi-024b4f000004\) is online$/m);
    expect(explained.out).toMatch(
      /^ {2}reached over wifi as wifi:024b4f000004, shelly:shellyplus1pm-024b4f000004$/m,
    );
    expect(explained.out).toMatch(
      /^energy +[\d.]+ kWh +good +wifi \S+ switch:0\.aenergy\.total +[\d.]+ +× 0\.001 +\d{4}-/m,
    );
    expect(explained.out).toMatch(
      /^onoff +false +good +wifi \S+ switch:0\.output +false +as it is/m,
    );
    const wrong = await koine.run("explain", "gate", "positoin");
    expect(wrong).toMatchObject({
      code: 1,
      err: "It has no property positoin; did you mean position?\n",
    });
    const json = await koine.run("explain", "gate", "--json");
    expect(JSON.parse(json.out)).toMatchObject({ id: "wifi-024b4f000005", name: "Gate" });

    const replaced = await koine.run("devices", "replace", "gate", "wifi-024b4f000002");
    expect(replaced.code).toBe(0);
    const { data } = JSON.parse(`{"data":${(await koine.run("request", "info")).out}}`) as {
      data: { pid: number; addresses: string[] };
    };
    expect(data.pid).toBe(daemon.child.pid);
    expect(data.addresses).toEqual([(await daemon.url()).replace("mqtt:", "tcp:")]);
    const unknown = await koine.run("request", "inof");
    expect(unknown).toMatchObject({
      code: 1,
      err: 'There is no request "inof"; did you mean "info"?\n',
    });
    const removed = await koine.run("devices", "remove", "Greenhouse");
    expect(removed.code).toBe(0);
    daemon.signal("SIGTERM");
    await daemon.exit();
  });

  test("a device that was removed and lives comes back whole", async () => {
    const { koine, daemon } = await farm();
    await using _ = koine;
    const subscriber = await koine.subscriber(daemon);
    await koine.run("devices", "remove", "Gate");
    const described = '"cover_action":';
    const topic = "koine/1/wifi-024b4f000005/description";
    await subscriber.next((message) => message.topic === topic && message.payload === "");
    subscriber.received.length = 0;
    const back = await subscriber.next((message) => message.topic === topic);
    expect(JSON.parse(back.payload)).toMatchObject({ name: "Gate", revision: 1 });
    expect(back.payload).toContain(described);
  });

  test.each([
    ["devices", "rename", "pump", "x"],
    ["explain", "pump"],
    ["request", "info"],
  ])("says when no gateway runs, exit 69: %s %s", async (...args) => {
    await using koine = await Koine.open();
    const { code, err } = await koine.run(...args, "--data", "elsewhere");
    expect(code).toBe(69);
    expect(err).toBe(
      'No gateway runs on data directory "elsewhere"; start "koine run", or name another with --data\n',
    );
  });

  test("finds no gateway that was killed, and the next one takes its place", async () => {
    await using koine = await Koine.open("bus: { listen: [tcp://127.0.0.1:0] }\n");
    const first = koine.start("run");
    await first.url();
    first.signal("SIGKILL");
    await first.exit();
    expect((await koine.run("request", "info")).code).toBe(69);
    const second = koine.start("run");
    await second.url();
    expect((await koine.run("request", "info")).code).toBe(0);
  });
});

test("a second gateway on the same data names the first, exit 69", async () => {
  await using koine = await Koine.open("bus: { listen: [tcp://127.0.0.1:0] }\n");
  const first = koine.start("run");
  const url = await first.url();
  const { code, err } = await koine.run("run");
  expect(code).toBe(69);
  const address = url.replace("mqtt:", "tcp:");
  expect(err).toBe(
    `Cannot use data directory "./koine-data": Koine with process id ${first.child.pid} does, at ${address}\n`,
  );
});

test("simulated devices outlive their gateway", async () => {
  await using koine = await Koine.open("bus: { listen: [tcp://127.0.0.1:0] }\n");
  const daemon = koine.start("run");
  const simulated = koine.start("simulate", "wifi", "--url", await daemon.url());
  await simulated.says(/^SIMULATED/m);
  daemon.signal("SIGTERM");
  await daemon.exit();
  // Longer than a device waits before it connects again.
  await delay(2_500);
  simulated.signal("SIGTERM");
  expect(await simulated.exit()).toBe(0);
});

test("simulate says when there is no broker, and which worlds there are", async () => {
  await using koine = await Koine.open();
  const none = await koine.run("simulate", "wifi", "--url", "mqtt://127.0.0.1:1");
  expect(none.code).toBe(69);
  const unknown = await koine.run("simulate", "wfii");
  expect(unknown.code).toBe(64);
  expect(unknown.err).toContain("Allowed choices are wifi, zigbee, ble, sms.");
});

describe("koine ble decode", () => {
  const advertisement = "service:fcd2=4002ca09";

  test("reads an advertisement while the gateway runs", async () => {
    const { koine } = await farm();
    await using _ = koine;
    const read = await koine.run("ble", "decode", advertisement);
    expect(read).toMatchObject({ code: 0, err: "" });
    expect(read.out).toMatch(/^Read as bthome: .*\n +model +BTHome\n +temperature +25\.06 °C/m);
  });

  test("says what is no advertisement", async () => {
    await using koine = await Koine.open();
    const none = await koine.run("ble", "decode", "service:fcd2=4");
    expect(none).toMatchObject({ code: 65, out: "" });
    expect(none.err).toMatch(/^Cannot read "4": expected at most 1650 bytes/);
  });
});

describe("koine config", () => {
  test("explain shows every key, its value and its place, but no secret", async () => {
    const text = config.replace("!env BROKER_PASSWORD", 'abc\n    filters: [!secret where, "#"]');
    await using koine = await Koine.open(text);
    await koine.write("secrets.yaml", "where: hidden/#\n");
    const { code, out } = await koine.run("config", "explain");
    expect(code).toBe(0);
    expect(out).not.toContain("hidden");
    expect(out).toMatch(/^bus\.root +"koine" +default +First topic segment/m);
    expect(out).toMatch(/^bus\.listen +\["tcp:\/\/127\.0\.0\.1:0"\] +koine\.yaml:2 /m);
    expect(out).toMatch(/^adapters\[0\]\.name +"farm" +koine\.yaml:5 /m);
    expect(out).toMatch(/^adapters\[0\]\.password +a secret +koine\.yaml:6 /m);
    const some = await koine.run("config", "explain", "interval");
    expect(some.out.trim().split("\n")).toHaveLength(2);
    expect((await koine.run("config", "explain", "warp")).code).toBe(1);
  });

  test("schema is what editors can use", async () => {
    await using koine = await Koine.open();
    const { code, out } = await koine.run("config", "schema");
    expect(code).toBe(0);
    const schema = JSON.parse(out) as { properties: { adapters: { items: object } } };
    expect(JSON.stringify(schema.properties.adapters.items)).toContain("The broker the devices");
  });
});

describe("koine completion", () => {
  test.each([
    ["koine dev", "devices"],
    ["koine devices r", "rename remove replace"],
    ["koine simulate ", "phone wifi zigbee ble sms --config --url --help"],
    ["koine simulate phone ", "--port --wait --help"],
    ["koine get pump --n", "--now"],
  ])("in bash makes of %j %s", async (typed, expected) => {
    await using koine = await Koine.open();
    await koine.write("complete.bash", (await koine.run("completion", "bash")).out);
    const script = `
      source "${join(koine.directory, "complete.bash")}"
      IFS=' ' read -ra COMP_WORDS <<< "$1"
      [[ $1 == *" " ]] && COMP_WORDS+=("")
      COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
      _koine
      echo "\${COMPREPLY[*]}"`;
    const { stdout } = spawnSync("bash", ["-c", script, "bash", typed], { encoding: "utf8" });
    expect(stdout.trim()).toBe(expected);
  });

  test.each(["zsh", "fish"])("speaks %s", async (shell) => {
    await using koine = await Koine.open();
    const { code, out } = await koine.run("completion", shell);
    expect(code).toBe(0);
    expect(out).toContain("rename remove replace");
    expect((await koine.run("completion", "tcsh")).code).toBe(64);
  });
});
