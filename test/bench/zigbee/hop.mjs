/**
 * What one message from a thread to the daemon's costs by itself: `node test/bench/zigbee/hop.mjs`.
 * A thread wakes 250 times a second, without and with such a message.
 */
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const seconds = 5;
const perSecond = 250;

/** @param {boolean} isTelling */
async function cpuPerWake(isTelling) {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: isTelling });
  worker.on("message", () => {});
  await sleep(500);
  const before = process.cpuUsage();
  await sleep(seconds * 1_000);
  const { user, system } = process.cpuUsage(before);
  await worker.terminate();
  return (user + system) / (seconds * perSecond);
}

/** @param {number} ms */
function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

if (isMainThread) {
  const [silent, telling] = [await cpuPerWake(false), await cpuPerWake(true)];
  process.stdout.write(
    `a wake ${silent.toFixed(0)} µs CPU, with a message to the other thread ${telling.toFixed(0)} µs\n`,
  );
} else {
  const report = { type: "event", event: { type: "readings", values: [{ is: "temperature" }] } };
  setInterval(() => {
    if (workerData === true) parentPort.postMessage(report);
  }, 1_000 / perSecond);
}
