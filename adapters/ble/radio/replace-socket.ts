import Module from "node:module";

const native = "@abandonware/bluetooth-hci-socket";

/**
 * Makes `require` give a class instead of the native HCI socket, also where that package is not
 * installed. To be called before noble is required for the first time, which keeps what it got;
 * noble calls the class without arguments.
 * @returns takes it back
 */
export function replaceNativeSocket(Socket: new () => object): () => void {
  const load: unknown = Reflect.get(Module, "_load");
  if (typeof load !== "function") throw new TypeError("This Node.js has no Module._load");
  const replaced = function replaced(this: unknown, ...request: readonly unknown[]): unknown {
    return request[0] === native ? Socket : Reflect.apply(load, this, request);
  };
  Reflect.set(Module, "_load", replaced);
  return () => {
    // Whoever wrapped it since calls ours, which must go on working.
    if (Reflect.get(Module, "_load") === replaced) Reflect.set(Module, "_load", load);
  };
}
