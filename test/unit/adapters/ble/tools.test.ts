import { describe, expect, test } from "vitest";
import { ble } from "../../../../adapters/ble/index.ts";

const key = "231d39c1d7cc1ab1aee224cd096db932";
const address = "54:48:e6:8f:80:a5";
/** BTHome documentation, "Encryption": 25.06 °C, 50.55 %, counter 0x00112233. */
const sealed = "service:fcd2=41e445f3c9962b332211006c7c4519";

async function decoded(argument: string): Promise<readonly string[]> {
  const tool = ble.tools?.["decode"];
  if (!tool) throw new Error("There is no tool decode");
  return tool.run({ argument, directory: "", force: false, nowMs: 0 });
}

/** What stands behind a word at the beginning of a line. */
function saidOf(word: string, lines: readonly string[]): string | undefined {
  const line = lines.find((one) => one.startsWith(`  ${word} `));
  return line?.slice(word.length + 3).trim();
}

describe("koine ble decode", () => {
  test("reads a whole advertisement", async () => {
    const lines = await decoded(
      "0201061bff99040512fc5394c37c0004fffc040cac364200cdcbb8334c884f @cbb8334c884f",
    );
    expect(lines).toContain("Read as ruuvi: Ruuvi sensors");
    expect(saidOf("company 0499", lines)).toBe("0512fc5394c37c0004fffc040cac364200cdcbb8334c884f");
    expect(saidOf("address", lines)).toBe("cb:b8:33:4c:88:4f");
    expect(saidOf("temperature", lines)).toMatch(/^24\.3 °C/);
  });

  test("reads parts of one, in any spelling", async () => {
    const spellings = [
      "service:fcd2=4002ca09",
      "SERVICE:0000fcd2-0000-1000-8000-00805f9b34fb=4002CA09",
      "0716d2fc4002ca09",
    ];
    const temperatures = await Promise.all(
      spellings.map(async (one) => saidOf("temperature", await decoded(one))),
    );
    expect(temperatures).toEqual(
      spellings.map(() => expect.stringMatching(/^25\.06 °C/) as string),
    );
  });

  test("tells presses apart from values", async () => {
    const lines = await decoded("service:fcd2=443a01,name=Button");
    expect(lines.join("\n")).toMatch(/^ {2}event action +press$/m);
  });

  test("decrypts with the key and the address", async () => {
    const lines = await decoded(`${sealed},@${address},key=${key}`);
    expect(saidOf("temperature", lines)).toMatch(/^25\.06 °C/);
    expect(saidOf("humidity", lines)).toMatch(/^50\.55 %/);
    expect(saidOf("encrypted", lines)).toBe("yes, and the key fits");
  });

  test.each([
    ["key_needed", `${sealed},@${address}`],
    ["key_wrong", `${sealed},@${address},key=${key.replace("2", "3")}`],
    ["unencrypted", `service:181a=a4c1388d18b200d72d590bd42a,@a4:c1:38:8d:18:b2,key=${key}`],
  ])("says that it is %s", async (state, argument) => {
    expect(saidOf(state, await decoded(argument))).toBeDefined();
  });

  test("shows what a stranger sends", async () => {
    const lines = await decoded("0409616263,company:fff0=0102");
    expect(saidOf("name", lines)).toBe('"abc"');
    expect(saidOf("company fff0", lines)).toBe("0102");
    expect(lines.at(-1)).toBe("No family reads it.");
  });

  test.each([
    ["", /no structure/],
    ["0201", /no structure/],
    ["02010", /at most 1650 bytes/],
    ["fcd2=40", /expected hexadecimal digits, @address/],
    ["@a4:c1", /expected an address/],
    ["company:0499=zz", /in hexadecimal digits/],
  ])("refuses %j", async (argument, reason) => {
    await expect(decoded(argument)).rejects.toThrow(reason);
    await expect(decoded(argument)).rejects.toMatchObject({ code: "protocol" });
  });

  test("keeps a key that is none to itself", async () => {
    await expect(decoded(`${sealed},key=secret99`)).rejects.toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("secret99") as string }),
    );
  });
});
