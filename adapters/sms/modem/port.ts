import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { LinkError, reasonOf } from "koine/adapter";
import { limits } from "../limits.ts";

/**
 * Opens the port of a modem: a serial port, or one behind TCP as `ser2net` offers it.
 * @param port `/dev/serial/by-id/…` or `tcp://host:port`
 * @throws LinkError when it is not there, or somebody else has it
 */
export async function openPort(port: string, baudRate: number): Promise<Duplex> {
  return port.startsWith("tcp:") ? openTcp(new URL(port)) : openSerial(port, baudRate);
}

function openTcp({ hostname, port }: URL): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), timeout: limits.openMs });
    const failed = (cause?: Error): void => {
      socket.destroy();
      const why = cause ? reasonOf(cause) : "no answer";
      reject(new LinkError(`Cannot open tcp://${hostname}:${port}: ${why}`, { cause }));
    };
    socket.once("error", failed);
    socket.once("timeout", () => failed());
    socket.once("connect", () => {
      socket.off("error", failed);
      socket.setTimeout(0);
      socket.setNoDelay(true);
      socket.setKeepAlive(true, limits.keepAliveMs);
      resolve(socket);
    });
  });
}

async function openSerial(path: string, baudRate: number): Promise<Duplex> {
  const { SerialPort } = await import("serialport");
  const serial = new SerialPort({ path, baudRate, autoOpen: false });
  // Destroyed as it is, it would keep the port, and its lock, for good.
  serial._destroy = (error, done) => {
    if (serial.isOpen) serial.close(() => done(error));
    else done(error);
  };
  await new Promise<void>((resolve, reject) => {
    serial.open((cause) => {
      if (cause) reject(new LinkError(`Cannot open "${path}": ${reasonOf(cause)}`, { cause }));
      else resolve();
    });
  });
  // A pty has no such line, and a modem behind one does not need it.
  serial.set({ dtr: true, rts: true }, () => {});
  return serial;
}
