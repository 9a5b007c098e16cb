import { CommandError, isList, type Command, type Scalar, type Write } from "koine/adapter";
import { agrees } from "../../../reading/agreement.ts";
import type { Encoded } from "../../dialect.ts";
import { isObject } from "../../../reading/json.ts";
import { propertiesOf, readValue, wireValue } from "./mapping.ts";
import { filled, type MappedPeer } from "./peer.ts";

/** Wishes by the command templates of the configuration. */
export function encode({ writes }: Extract<Command, { type: "set" }>, peer: MappedPeer): Encoded {
  const wishes = writes.map((write) => wishOf(write, peer));
  return {
    requests: wishes.map(({ request }) => request),
    expectations: wishes.map(({ expectation }) => expectation),
  };
}

function wishOf(
  { is, part, value }: Write,
  { mapped }: MappedPeer,
): { request: Encoded["requests"][number]; expectation: Encoded["expectations"][number] } {
  for (const { mapping, levels } of mapped) {
    const property = propertiesOf(mapping).find((one) => one.property === is && one.part === part);
    const command = property?.command;
    if (!property || !command) continue;
    const raw = wireValue(property, value);
    if (raw === undefined) {
      throw new CommandError(
        "not_in_values",
        `The mapping has no word for ${JSON.stringify(value)}`,
      );
    }
    const request = {
      topic: filled(command.topic, levels),
      payload: command.payload.replaceAll("{value}", textOf(raw)),
    };
    const wanted = readValue(property, raw) ?? value;
    const anyOf = [{ is, part, accepts: agrees(wanted) }];
    return { request, expectation: { wish: { is, part }, anyOf } };
  }
  throw new CommandError("unsupported", `The mapping has no command for ${is}`);
}

function textOf(raw: Scalar): string {
  return isObject(raw) || isList(raw) ? JSON.stringify(raw) : String(raw);
}
