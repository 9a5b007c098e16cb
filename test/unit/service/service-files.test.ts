import { describe, expect, test } from "vitest";
import { adapterKinds } from "../../../src/adapters.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { hardwareOf } from "../../../src/service/hardware.ts";
import { memoryBudget } from "../../../src/service/memory-budget.ts";
import { hiddenProgram, hidingFolder } from "../../../src/service/reach.ts";
import { parseState } from "../../../src/service/service-state.ts";
import { typed } from "../../../src/service/programs.ts";
import { udevRules } from "../../../src/service/udev-rules.ts";
import { unitFile, type UnitOptions } from "../../../src/service/unit-file.ts";
import { stickIds } from "../../../src/service/usb-ids.ts";

const options: UnitOptions = {
  version: "1.2.3",
  node: "/usr/bin/node",
  main: "/opt/koine/dist/src/main.js",
  config: "/etc/koine/koine.yaml",
  data: "/var/lib/koine",
  memory: { heapMib: 160, allMib: 640 },
  bluetooth: false,
  modems: false,
  groups: ["dialout"],
};

/** The settings of a unit, as systemd reads them: `Type=notify`. */
function settings(changes: Partial<UnitOptions> = {}): readonly string[] {
  return unitFile({ ...options, ...changes })
    .split("\n")
    .filter((line) => /^[A-Z]\w+=/.test(line));
}

describe("the unit", () => {
  test("watches the daemon, and starts it again for ever", () => {
    expect(settings()).toEqual(
      expect.arrayContaining([
        "Type=notify",
        "NotifyAccess=all",
        "WatchdogSec=30",
        "Restart=always",
        "RestartSec=2",
        "StartLimitIntervalSec=0",
        "TimeoutStopSec=15",
        "User=koine",
      ]),
    );
  });

  test("has a line of its own for each setting, and no setting twice but lists", () => {
    const names = settings().map((line) => line.slice(0, line.indexOf("=")));
    const twice = names.filter((name, index) => names.indexOf(name) !== index);
    expect(new Set(twice)).toEqual(new Set(["DeviceAllow", "SystemCallFilter"]));
  });

  test("gives capabilities and raw sockets to Bluetooth alone", () => {
    expect(settings()).toContain("CapabilityBoundingSet=");
    expect(settings().join()).not.toMatch(/CAP_|AF_BLUETOOTH/);
    const withBluetooth = settings({ bluetooth: true });
    expect(withBluetooth).toContain("AmbientCapabilities=CAP_NET_RAW CAP_NET_ADMIN");
    expect(withBluetooth).toContain("CapabilityBoundingSet=CAP_NET_RAW CAP_NET_ADMIN");
    expect(withBluetooth.join()).toContain("AF_BLUETOOTH");
  });

  test("opens the power of USB devices to those alone who send texts with a modem", () => {
    expect(settings().join()).not.toContain("ReadWritePaths");
    expect(settings({ modems: true })).toContain("ReadWritePaths=-/sys/devices");
  });

  test("names no group that is not there", () => {
    expect(settings()).toContain("SupplementaryGroups=dialout");
    expect(settings({ groups: [] }).join()).not.toContain("SupplementaryGroups");
  });

  test("never forbids what V8 needs", () => {
    expect(settings().join()).not.toContain("MemoryDenyWriteExecute");
  });

  test("has systemd make the data directory, or lets the service write where it is", () => {
    expect(settings()).toContain("StateDirectory=koine");
    expect(settings({ data: "/var/lib/farm/koine" })).toContain("StateDirectory=farm/koine");
    const elsewhere = settings({ data: "/mnt/ssd/koine" });
    expect(elsewhere).toContain("ReadWritePaths=/mnt/ssd/koine");
    expect(elsewhere.join()).not.toContain("StateDirectory");
  });

  test("quotes paths as systemd reads them", () => {
    const line = settings({ main: '/opt/my $koine/50%/"main".js' }).find((one) =>
      one.startsWith("ExecStart="),
    );
    expect(line).toBe(
      'ExecStart=/usr/bin/node "/opt/my $$koine/50%%/\\"main\\".js" run --config /etc/koine/koine.yaml',
    );
  });
});

test.each([
  [128, { allMib: 320, heapMib: 96 }],
  [512, { allMib: 320, heapMib: 96 }],
  [921, { allMib: 576, heapMib: 144 }],
  [1_024, { allMib: 640, heapMib: 160 }],
  [1_849, { allMib: 1_152, heapMib: 288 }],
  [8_192, { allMib: 2_048, heapMib: 512 }],
])("a machine with %d MiB gives the service %j", (mib, budget) => {
  expect(memoryBudget(mib * 1_048_576)).toEqual(budget);
});

test("a little more or less memory, as kernels say it, changes nothing", () => {
  const of = (mib: number): unknown => memoryBudget(mib * 1_048_576);
  expect(of(1_024 - 6)).toEqual(of(1_024 + 6));
});

describe("what the adapters need", () => {
  /** Of the adapters of a configuration. */
  const hardware = async (adapters: string): Promise<ReturnType<typeof hardwareOf>> =>
    hardwareOf(
      (await loadConfig({ text: `adapters: [${adapters}]`, env: {}, kinds: adapterKinds }))
        .adapters,
    );

  test.each([
    ["hci0", true],
    ["tcp://127.0.0.1:9999", false],
    ["none", false],
  ])("with the controller %s is Bluetooth of this machine: %s", async (controller, expected) => {
    const ble = `{ use: ble, controller: "${controller}", relays: [{ source: own }] }`;
    expect((await hardware(ble)).bluetooth).toBe(expected);
    expect((await hardware("{ use: wifi }")).bluetooth).toBe(false);
  });

  test("is the modem that is named, any known one behind a path, and none behind TCP", async () => {
    const of = async (...ports: readonly string[]): Promise<readonly string[]> => {
      const modems = ports.map((port, index) => `{ name: m${index}, port: "${port}" }`);
      const { modems: found } = await hardware(`{ use: sms, modems: [${modems.join(", ")}] }`);
      return found.map(({ vendor, product = "*" }) => `${vendor}:${product}`);
    };
    expect(await of("usb:1E0E:9001:0123", "usb:1e0e:9001")).toEqual(["1e0e:9001"]);
    expect(await of("tcp://127.0.0.1:7000")).toEqual([]);
    expect(await of("/dev/serial/by-id/usb-x")).toContain("12d1:*");
  });
});

/** Keys of udev that a rule may match, and those it may set. */
const udevKeys =
  /^(?:(?:ACTION|SUBSYSTEM|ENV\{\w+\}|ATTRS?\{\w+\})(?:==|!=)|(?:GROUP|MODE|LABEL|GOTO|ENV\{\w+\})=|RUN\+=)"[^"]*"$/;

describe("the rules", () => {
  const modem = { vendor: "1e0e", product: "9001", name: "a modem" };
  const rules = (text: string): readonly string[] =>
    text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

  test.each([
    ["without modems", []],
    ["with a modem", [modem]],
    ["with all of a maker", [{ ...modem, product: undefined }]],
  ])("can be read by udev, %s", (_, modems) => {
    for (const rule of rules(udevRules(modems))) {
      for (const part of rule.split(", ")) expect(part).toMatch(udevKeys);
    }
  });

  test("let the group open every known stick, and keep ModemManager off it", () => {
    const text = udevRules([]);
    for (const { vendor, product = "" } of stickIds) {
      expect(text).toContain(
        `SUBSYSTEM=="tty", ATTRS{idVendor}=="${vendor}", ATTRS{idProduct}=="${product}", GROUP="dialout", MODE="0660"`,
      );
      expect(text).toContain(
        `ATTR{idVendor}=="${vendor}", ATTR{idProduct}=="${product}", ENV{ID_MM_DEVICE_IGNORE}="1"`,
      );
    }
  });

  test("leave modems to ModemManager that send no texts", () => {
    expect(udevRules([])).not.toContain("1e0e");
    expect(udevRules([modem])).toContain('ATTR{idVendor}=="1e0e", ATTR{idProduct}=="9001"');
  });

  test("every stick has ids of its own", () => {
    const ids = stickIds.map(({ vendor, product }) => `${vendor}:${product}`);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("what the service does not see", () => {
  test.each([
    ["/home/pi/.nvm/node", "/home"],
    ["/root/koine/main.js", "/root"],
    ["/tmp/koine", "/tmp"],
    ["/homes/koine", undefined],
    ["/opt/koine/dist/src/main.js", undefined],
  ])("%s: %s", (path, folder) => {
    expect(hidingFolder(path)).toBe(folder);
  });

  test("is said with the commands that change it", () => {
    const main = "/opt/koine/dist/src/main.js";
    expect(hiddenProgram({ node: "/usr/bin/node", main })).toBeUndefined();
    expect(hiddenProgram({ node: "/home/pi/.nvm/bin/node", main })).toContain(
      "sudo install -m 0755 /home/pi/.nvm/bin/node /usr/local/bin/node && sudo /usr/local/bin/node /opt/koine/dist/src/main.js service install",
    );
    expect(
      hiddenProgram({ node: "/usr/bin/node", main: "/home/pi/my koine/dist/src/main.js" }),
    ).toContain(
      "sudo cp -rT '/home/pi/my koine' /opt/koine && sudo /usr/bin/node /opt/koine/dist/src/main.js service install",
    );
  });
});

describe("what systemd shows", () => {
  test("is read", () => {
    const text = `ActiveState=active
SubState=running
StatusText=MQTT tcp://127.0.0.1:1883
MainPID=812
StateChangeTimestamp=@1795752000
NRestarts=2
WatchdogUSec=1min 30s
UnitFileState=enabled`;
    expect(parseState(text)).toEqual({
      state: "active",
      substate: "running",
      status: "MQTT tcp://127.0.0.1:1883",
      pid: 812,
      since: "2026-11-27T04:00:00.000Z",
      restarts: 2,
      watchdogS: 90,
      isEnabled: true,
    });
  });

  test("is unknown where it shows nothing", () => {
    expect(JSON.parse(JSON.stringify(parseState("")))).toEqual({ state: "unknown" });
  });

  test("of a service that is not there is told from one that is stopped", () => {
    const text =
      "ActiveState=inactive\nSubState=dead\nMainPID=0\nNRestarts=0\nWatchdogUSec=0\nUnitFileState=";
    expect(parseState(text)).toMatchObject({ state: "inactive", restarts: 0 });
    expect(parseState(text)).toMatchObject({ pid: undefined, watchdogS: undefined });
  });
});

test("a command is shown as it is typed", () => {
  expect(typed(["cp", "-r", "/home/my koine", "it's"])).toBe(`cp -r '/home/my koine' 'it'\\''s'`);
});
