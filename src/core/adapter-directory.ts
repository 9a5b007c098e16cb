import { join } from "node:path";

/** The folder of an adapter's own files, below the data directory. Nobody makes it but the adapter. */
export function adapterDirectory(dataDirectory: string, adapter: string): string {
  return join(dataDirectory, "adapters", adapter);
}
