import { describe, expect, test } from "vitest";
import { dialects } from "../../../../adapters/wifi/dialects/index.ts";
import type { Dialect, Peer } from "../../../../adapters/wifi/dialect.ts";
import { limits } from "../../../../adapters/wifi/limits.ts";
import { Peers } from "../../../../adapters/wifi/peers.ts";
import type { Ref } from "../../../../src/model/identity.ts";

const found = dialects.find(({ name }) => name === "tasmota");
if (!found) throw new Error("No dialect of that name");
const dialect: Dialect<Peer> = found;

const refOf = (n: number): Ref => [["tasmota", `plug${n}`]];

function peer(n: number): Peer {
  const [, value] = refOf(n)[0] ?? [];
  return { key: `${value}`, ref: refOf(n), bases: [`tele/${value}`] };
}

function full(): Peers {
  const peers = new Peers(dialects);
  for (let n = 0; n < limits.peers; n++) peers.keep(dialect, peer(n));
  return peers;
}

describe("when there is no more room", () => {
  test("a new device is refused", () => {
    const peers = full();
    expect(peers.keep(dialect, peer(limits.peers))).toBe(false);
    expect(peers.of(dialect).size).toBe(limits.peers);
  });

  test("one that was removed makes room, and no other", () => {
    const peers = full();
    peers.release(refOf(7));
    expect(peers.keep(dialect, peer(limits.peers))).toBe(true);
    expect(peers.of(dialect).has("plug7")).toBe(false);
    expect(peers.keep(dialect, peer(limits.peers + 1))).toBe(false);
  });

  test("one that was removed and is heard again stays", () => {
    const peers = full();
    peers.release(refOf(7));
    expect(peers.isReleased({ dialect, peer: peer(7) })).toBe(true);
    peers.keep(dialect, peer(7));
    expect(peers.isReleased({ dialect, peer: peer(7) })).toBe(false);
    expect(peers.keep(dialect, peer(limits.peers))).toBe(false);
  });
});
