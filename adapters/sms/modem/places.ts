import { LinkError } from "koine/adapter";
import { serialPorts, systemFolders, type SystemFolders } from "../../serial/usb.ts";

/**
 * The ports where a modem may be. Of one that is named by its USB ids those that it has now, wherever
 * it is plugged in and whatever the system calls them: of several, one takes commands.
 * @param port `/dev/…`, `tcp://host:port` or `usb:vendor:product[:serial]`
 * @throws LinkError when nothing with these ids is plugged in
 */
export async function placesOf(
  port: string,
  folders: SystemFolders = systemFolders,
): Promise<readonly string[]> {
  const [scheme, vendor = "", product = "", serial] = port.split(":");
  if (scheme !== "usb") return [port];
  const all = await serialPorts(folders);
  const own = all.filter(
    (one) =>
      one.vendorId?.toLowerCase() === vendor.toLowerCase() &&
      one.productId?.toLowerCase() === product.toLowerCase() &&
      (serial === undefined || one.serial === serial),
  );
  if (own.length > 0) return own.map(({ path }) => path);
  const seen = all.map(({ vendorId, productId }) => `usb:${vendorId}:${productId}`);
  const hint = seen.length === 0 ? "no serial port is" : `${[...new Set(seen)].join(", ")} is`;
  throw new LinkError(`No modem with the USB ids ${vendor}:${product} is plugged in; ${hint}`);
}
