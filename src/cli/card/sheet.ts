import { accessSync, constants, existsSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { CommandError, LinkError, reasonOf } from "../../errors.ts";
import { estimate } from "./estimate.ts";
import type { Measure, Page } from "./page.ts";
import { svgOf } from "./svg.ts";

/** Where a sheet goes. */
export interface SheetOptions {
  /** File that ends in `.svg` or `.pdf`; the terminal where there is none. */
  readonly out?: string;
  /** Replace a file that is there already. */
  readonly force?: true;
}

/** What measures the letters of a page, and prints it, once. */
export interface Press {
  readonly measure: Measure;
  print(page: Page): Promise<string | Uint8Array>;
}

/** Nobody else on this machine reads what is on a sheet. */
const mode = 0o600;

export function isSheetFile(file: string): boolean {
  return /.\.(?:svg|pdf)$/i.test(file);
}

/**
 * Finds out whether a sheet can be written before anything is asked: asking for codes makes those before void.
 * @throws CommandError when the file is there already
 * @throws LinkError when its directory takes no files
 */
export function checkSheet({ out, force }: SheetOptions): void {
  if (out === undefined) return;
  if (!force && existsSync(out)) {
    throw new CommandError("not_allowed", `"${out}" is there already; --force replaces it`);
  }
  try {
    accessSync(dirname(out), constants.W_OK);
  } catch (cause) {
    throw new LinkError(`Cannot write "${out}": ${reasonOf(cause)}`, { cause });
  }
}

/** What prints such a file. Letters for PDF are loaded only when one is wanted. */
export async function pressFor(
  file: string,
  about: { readonly language: string; readonly madeAtMs: number },
): Promise<Press> {
  if (/\.svg$/i.test(file)) return { measure: estimate, print: async (page) => svgOf(page) };
  const { PdfPress } = await import("./pdf.ts");
  return new PdfPress(about);
}

/** @throws LinkError when the file cannot be written */
export function writeSheet(file: string, content: string | Uint8Array, force: boolean): void {
  try {
    // A file that is replaced would keep who may read it.
    if (force) rmSync(file, { force });
    writeFileSync(file, content, { mode, flag: "wx" });
  } catch (cause) {
    throw new LinkError(`Cannot write "${file}": ${reasonOf(cause)}`, { cause });
  }
}
