import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HciStream, type HciProblem } from "../../../../../adapters/ble/radio/hci-stream.ts";
import { ManualClock } from "../../../../support/manual-clock.ts";

const event = Buffer.from("040e0401030c00", "hex");
const acl = Buffer.from("024020050001000400aa", "hex");
const other = [Buffer.from("03400002aabb", "hex"), Buffer.from("0540000200ccdd", "hex")];
const command = Buffer.from("01030c00", "hex");

let server: Server;
let stream: HciStream;
let clock: ManualClock;
let problems: HciProblem[];
let packets: Buffer[];

beforeEach(async () => {
  server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  clock = new ManualClock();
  problems = [];
  packets = [];
  stream = new HciStream({
    address: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    clock,
    problem: (problem) => problems.push(problem),
  });
  stream.on("data", (packet: Buffer) => packets.push(packet));
});

afterEach(() => {
  stream.stop();
  server.close();
});

/** The other end of a connection that the stream has made. */
async function connected(): Promise<Socket> {
  const accepted = once(server, "connection");
  stream.start();
  const [socket] = (await accepted) as [Socket];
  socket.on("error", () => {});
  await until(() => stream.getDeviceList()[0]?.devUp === true);
  return socket;
}

/** Lets the event loop turn until something is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

describe("packets", () => {
  it("come whole, whatever the pieces they arrive in", async () => {
    const socket = await connected();
    const all = [event, acl, ...other, event];
    const bytes = Buffer.concat(all);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 6 }), async (cuts) => {
        packets.length = 0;
        const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        for (const [index, end] of at.entries()) {
          socket.write(bytes.subarray(at[index - 1] ?? 0, end));
          await new Promise((resolve) => {
            setImmediate(resolve);
          });
        }
        await until(() => packets.length === all.length);
        expect(packets).toEqual(all);
      }),
      { numRuns: 30 },
    );
  });

  it("are written as they are", async () => {
    const socket = await connected();
    stream.write(command);
    expect(await once(socket, "data")).toEqual([command]);
  });

  it("of other types and events are left out once a filter is set", async () => {
    const socket = await connected();
    const filter = Buffer.alloc(16);
    filter.writeUInt32LE(1 << 0x04, 0);
    filter.writeUInt32LE(1 << (0x3e - 32), 8);
    stream.setFilter(filter);
    const report = Buffer.from("043e0111", "hex");
    socket.write(Buffer.concat([event, acl, report]));
    await until(() => packets.length > 0);
    expect(packets).toEqual([report]);
  });

  it("that a listener throws on end neither the process nor the connection", async () => {
    const socket = await connected();
    stream.prependOnceListener("data", () => {
      throw new RangeError("Too short");
    });
    socket.write(Buffer.concat([event, acl]));
    await until(() => packets.length > 0);
    expect([packets, problems]).toEqual([[acl], ["packet_refused"]]);
  });
});

describe("a connection", () => {
  it("is dropped when what comes is no packet, after the packets before it", async () => {
    const socket = await connected();
    socket.write(Buffer.concat([event, Buffer.from("99", "hex")]));
    await once(socket, "close");
    expect([packets, problems]).toEqual([[event], ["broken_frame", "connection_lost"]]);
  });

  it("is dropped when an absurd length is announced", async () => {
    const socket = await connected();
    socket.write(Buffer.from("024020ffff", "hex"));
    await once(socket, "close");
    expect(problems).toEqual(["broken_frame", "connection_lost"]);
  });

  it("is dropped when the other side does not read", async () => {
    const socket = await connected();
    socket.pause();
    while (problems.length === 0) stream.write(Buffer.alloc(64 * 1024, 2));
    stream.write(command);
    expect([problems, stream.isDevUp()]).toEqual([["peer_too_slow"], false]);
  });

  it("is made again a second after it was cut", async () => {
    (await connected()).destroy();
    await until(() => problems.length > 0);
    const again = once(server, "connection");
    await clock.advance(1_000);
    await again;
    await until(() => stream.getDeviceList()[0]?.devUp === true);
    expect(problems).toEqual(["connection_lost"]);
  });

  it("shows as down once after it was cut, even when it is there again", async () => {
    (await connected()).destroy();
    expect(stream.isDevUp()).toBe(true);
    await until(() => problems.length > 0);
    await clock.advance(1_000);
    await until(() => stream.getDeviceList()[0]?.devUp === true);
    expect([stream.isDevUp(), stream.isDevUp()]).toEqual([false, true]);
  });

  it("is tried each second while nobody listens", async () => {
    const closed = once(server, "close");
    server.close();
    await closed;
    stream.start();
    await until(() => problems.length === 1);
    await clock.advance(1_000);
    await until(() => problems.length === 2);
    expect(problems).toEqual(["cannot_connect", "cannot_connect"]);
    expect(stream.isDevUp()).toBe(false);
  });

  it("begins anew without what came half before", async () => {
    const socket = await connected();
    socket.write(event.subarray(0, 4));
    socket.end();
    await until(() => problems.length > 0);
    const again = once(server, "connection");
    await clock.advance(1_000);
    const [next] = (await again) as [Socket];
    next.write(acl);
    await until(() => packets.length > 0);
    expect(packets).toEqual([acl]);
  });

  it("is not made again once it was stopped", async () => {
    const socket = await connected();
    stream.stop();
    await once(socket, "close");
    await clock.advance(10_000);
    expect([problems, clock.waiting, stream.isDevUp()]).toEqual([[], 0, false]);
  });

  it("gives nothing more once a listener has stopped it", async () => {
    const socket = await connected();
    stream.on("data", () => stream.stop());
    socket.write(Buffer.concat([event, acl]));
    await once(socket, "close");
    expect(packets).toEqual([event]);
  });

  it("is one, however often it is started", async () => {
    await connected();
    stream.start();
    stream.stop();
    const again = once(server, "connection");
    stream.start();
    await again;
    await until(() => stream.getDeviceList()[0]?.devUp === true);
    expect(problems).toEqual([]);
  });
});

describe("without a connection", () => {
  it("a write is an error as the kernel has it", () => {
    const errors: unknown[] = [];
    stream.on("error", (error) => errors.push(error));
    stream.write(command);
    expect(errors).toMatchObject([{ code: "ENETDOWN", message: "Network is down" }]);
  });

  it("a write that nobody asks the error of is silent", () => {
    expect(() => stream.write(command)).not.toThrow();
  });

  it.for(["127.0.0.1:1", "http://127.0.0.1:1", "tcp://127.0.0.1"])(
    "%s is no address",
    (address) => {
      expect(() => new HciStream({ address, clock })).toThrow(TypeError);
    },
  );

  it("the devices are one that is down", () => {
    expect(stream.getDeviceList()).toMatchObject([{ devId: 0, devUp: false }]);
    expect([stream.bindRaw(), stream.bindUser(0)]).toEqual([0, 0]);
    expect(() => stream.bindControl()).toThrow("no control channel");
  });
});
