import { limits } from "./limits.ts";

/** Who asks, where a dialect has numbered requests and answers. */
export interface Caller {
  /** Unique among all gateways on a broker. */
  readonly name: string;
  /** Makes the number of the next request, which goes to the device with this key. */
  number(peer: string): number;
  /** The key of the device that the request of this number went to. */
  asked(number: number): string | undefined;
}

/** A caller with a name that no other gateway on the broker has. */
export function createCaller(random: () => number): Caller {
  const asked = new Map<number, string>();
  let last = 0;
  return {
    name: `koine-${Math.floor(random() * 2 ** 40).toString(36)}`,
    number(peer) {
      last += 1;
      asked.set(last, peer);
      asked.delete(last - limits.rememberedRequests);
      return last;
    },
    asked: (number) => asked.get(number),
  };
}
