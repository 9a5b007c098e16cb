/// <reference types="node" />
import { generate } from "mqtt-packet";
import { Client } from "./mqtt-client.mjs";
import { Publication, stampOf } from "./publication.mjs";
import { Traffic } from "./traffic.mjs";

/** @typedef {import("./load.ts").Answers} Answers */

// Puts load on a broker; answers one question of its parent, `load.ts`, after another.

const port = Number(process.argv[2]);
const topic = "bench/stream";
const payload = Buffer.alloc(64, "x");
/** Connections that are being opened at once. */
const connecting = 20;
/** How much of the window must be free before more is sent: fewer, larger writes. */
const batchShare = 10;

const traffic = new Traffic();
let opened = 0;
/** @type {Client[]} */
let senders = [];
/** @type {Client[]} */
let subscribers = [];

async function connectOne() {
  opened += 1;
  // Each is a device with an address of its own, as far as the loopback net goes.
  const localAddress = `127.0.0.${(opened % 250) + 2}`;
  return Client.open({ port, localAddress, clientId: `bench-${opened}`, traffic });
}

/** @param {number} count */
async function connect(count) {
  /** @type {Client[]} */
  const clients = [];
  while (clients.length < count) {
    const wanted = Math.min(connecting, count - clients.length);
    clients.push(...(await Promise.all(Array.from({ length: wanted }, connectOne))));
  }
  return clients;
}

/**
 * Writes as many publications as the window has room for each time it is called.
 * @param {Publication} publication
 * @param {{ messages: number, window: number, finished: () => number }} options
 */
function pump(publication, { messages, window, finished }) {
  let [sent, turn] = [0, 0];
  return () => {
    const batch = Math.min(window / batchShare, messages - sent);
    const room = Math.floor(Math.min(window - (sent - finished()), messages - sent));
    if (room < batch) return;
    const each = Math.ceil(room / senders.length);
    for (let left = room; left > 0; left -= each) {
      senders[turn % senders.length]?.write(publication.copies(Math.min(each, left)));
      turn += 1;
    }
    sent += room;
  };
}

/** @type {Answers} */
const answers = {
  async open(asked) {
    senders = await connect(asked.publishers);
    subscribers = await connect(asked.subscribers);
    await Promise.all(subscribers.map((one) => one.subscribe(topic, asked.qos)));
  },

  async stream({ messages, qos, window }) {
    const publication = new Publication({ topic, qos, payload });
    traffic.clear();
    const finished = () =>
      Math.min(traffic.received / subscribers.length, qos === 0 ? messages : traffic.acked);
    const started = performance.now();
    traffic.drive(pump(publication, { messages, window, finished }));
    await traffic.until(() => finished() >= messages);
    const seconds = (performance.now() - started) / 1_000;
    // What is still on its way to the broker is part of what it costs.
    await Promise.all([...senders, ...subscribers].map((client) => client.ping()));
    return { delivered: traffic.received, seconds };
  },

  async trickle({ messages, perSecond, qos }) {
    /** @type {number[]} */
    const latencies = [];
    traffic.payload = (got) => latencies.push(performance.now() - stampOf(got));
    const publication = new Publication({ topic, qos, payload });
    traffic.clear();
    let sent = 0;
    const started = performance.now();
    const timer = setInterval(() => {
      const due = ((performance.now() - started) * perSecond) / 1_000;
      for (; sent < Math.min(due, messages); sent += 1) {
        senders[0]?.write(publication.stamped(performance.now()));
      }
    }, 1);
    await traffic.until(() => traffic.received >= messages);
    clearInterval(timer);
    return { delivered: traffic.received, latencies };
  },

  async retain({ messages }) {
    const sender = await connectOne();
    traffic.clear();
    const common = { cmd: /** @type {const} */ ("publish"), dup: false, retain: true, payload };
    for (let n = 1; n <= messages; n += 1) {
      const to = { topic: `bench/retained/${n}`, messageId: (n % 60_000) + 1 };
      sender.write(generate({ ...common, ...to, qos: 1 }));
      if (n % 100 === 0) await traffic.until(() => traffic.acked >= n);
    }
    await sender.ping();
  },

  async replay({ filter, messages, times }) {
    let [delivered, ms] = [0, 0];
    for (let n = 0; n < times; n += 1) {
      const subscriber = await connectOne();
      traffic.clear();
      const started = performance.now();
      await subscriber.subscribe(filter, 0);
      await traffic.until(() => traffic.received >= messages);
      ms += performance.now() - started;
      delivered += traffic.received;
      await subscriber.close();
    }
    return { delivered, ms: ms / times };
  },

  async idle({ clients }) {
    await connect(clients);
  },

  async visit({ clients, times }) {
    for (let n = 0; n < times; n += 1) {
      const visitors = await connect(clients);
      await Promise.all(visitors.map((visitor) => visitor.close()));
    }
  },
};

/** @param {{ question: keyof Answers, asked: unknown }} said */
async function answer({ question, asked }) {
  process.send?.({ answer: await answers[question](/** @type {never} */ (asked)) });
}

process.on("message", (/** @type {{ question: keyof Answers, asked: unknown }} */ said) => {
  void answer(said);
});
// Without its parent it is of no use to anybody.
process.on("disconnect", () => process.exit());
