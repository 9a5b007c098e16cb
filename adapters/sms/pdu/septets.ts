/**
 * Septets in octets: seven bits each, the lowest first, without gaps (3GPP TS 23.038, 6.1.2.1).
 */

/** How many septets a header of so many octets takes, with the bits that fill up to the next one. */
export function septetsOf(octets: number): number {
  return Math.ceil((octets * 8) / 7);
}

/**
 * Unpacks septets.
 * @param skip septets at the beginning that are none: a header
 */
export function unpack(octets: Uint8Array, count: number, skip = 0): Uint8Array {
  return Uint8Array.from({ length: count }, (_, index) => {
    const bit = (index + skip) * 7;
    const at = bit >> 3;
    const pair = (octets[at] ?? 0) | ((octets[at + 1] ?? 0) << 8);
    return (pair >> (bit & 7)) & 0x7f;
  });
}

/**
 * Packs septets.
 * @param skip septets that are left out at the beginning, zero: room for a header
 */
export function pack(septets: Uint8Array, skip = 0): Buffer {
  const octets = Buffer.alloc(Math.ceil(((septets.length + skip) * 7) / 8));
  for (const [index, septet] of septets.entries()) {
    const bit = (index + skip) * 7;
    const at = bit >> 3;
    const pair = (septet & 0x7f) << (bit & 7);
    octets[at] = (octets[at] ?? 0) | (pair & 0xff);
    if (pair > 0xff) octets[at + 1] = (octets[at + 1] ?? 0) | (pair >> 8);
  }
  return octets;
}
