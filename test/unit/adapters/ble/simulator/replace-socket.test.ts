import { createRequire } from "node:module";
import { afterEach, expect, it } from "vitest";
import { replaceNativeSocket } from "../../../../../adapters/ble/radio/replace-socket.ts";

const require = createRequire(import.meta.url);
const native = "@abandonware/bluetooth-hci-socket";

class Socket {
  readonly isStandIn = true;
}

let undo: () => void = () => {};
afterEach(() => undo());

it("gives the class to whoever requires the native socket, and only that", () => {
  undo = replaceNativeSocket(Socket);
  expect(require(native)).toBe(Socket);
  expect(require("node:path")).toHaveProperty("join");
});

it("gives the class where the package is not installed", () => {
  undo = replaceNativeSocket(Socket);
  expect(createRequire("/")(native)).toBe(Socket);
});

it("is taken back", () => {
  replaceNativeSocket(Socket)();
  expect(() => void createRequire("/")(native)).toThrow("Cannot find module");
});
