import { CommandError, type Command, type Write } from "koine/adapter";
import { agrees } from "../../../reading/agreement.ts";
import type { Encoded, Expectation } from "../../dialect.ts";
import type { Request } from "../../../mqtt/frame.ts";
import { textOf } from "../../../reading/json.ts";

import type { ValetudoPeer } from "./peer.ts";
import { topics } from "./topics.ts";

export const operations: Readonly<Record<string, readonly [topic: string, payload: string]>> = {
  start: ["BasicControlCapability/operation/set", "START"],
  stop: ["BasicControlCapability/operation/set", "STOP"],
  pause: ["BasicControlCapability/operation/set", "PAUSE"],
  return_home: ["BasicControlCapability/operation/set", "HOME"],
  locate: ["LocateCapability/locate/set", "PERFORM"],
};

/** What the robot reports when it obeys. */
const consequences: Readonly<Record<string, readonly string[]>> = {
  start: ["cleaning", "moving"],
  stop: ["idle", "docked"],
  pause: ["paused", "idle"],
  return_home: ["returning", "docked"],
};

/** Wishes as messages to the capabilities of the robot. */
export function encode({ writes }: Extract<Command, { type: "set" }>, peer: ValetudoPeer): Encoded {
  const actions = writes.filter(({ is }) => is === "vacuum_action");
  const settings = topics.encode(
    writes.filter((write) => !actions.includes(write)),
    peer.root,
  );
  return {
    requests: [...actions.map((write) => operation(write, peer)), ...settings.requests],
    expectations: [...actions.map(expectationOf), ...settings.expectations],
  };
}

function operation({ value }: Write, { root }: ValetudoPeer): Request {
  const [topic, payload] = operations[textOf(value)] ?? [];
  if (topic === undefined || payload === undefined) {
    throw new CommandError("unsupported", `The robot has no command to ${textOf(value)}`);
  }
  return { topic: `${root}/${topic}`, payload };
}

function expectationOf({ is, part, value }: Write): Expectation {
  const wanted = consequences[textOf(value)];
  if (!wanted) return { wish: { is, part }, anyOf: [] };
  const accepts = (report: Write["value"]): boolean => wanted.some((word) => agrees(word)(report));
  return { wish: { is, part }, anyOf: [{ is: "vacuum_state", accepts }] };
}
