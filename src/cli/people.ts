import { z } from "zod";
import type { Card } from "../dialogue/card.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { scalarSchema } from "../model/state.ts";
import { cardPage } from "./card/card-page.ts";
import { codesPage } from "./card/codes-page.ts";
import type { Page } from "./card/page.ts";
import { cardText, codesText } from "./card/plain-text.ts";
import { checkSheet, pressFor, writeSheet, type Press, type SheetOptions } from "./card/sheet.ts";
import type { Context } from "./context.ts";
import { ask, type ControlOptions } from "./control.ts";
import { painter, table } from "./style.ts";

export interface CardOptions extends ControlOptions, SheetOptions {
  /** Tag of another language than that of the person, or of the gateway. */
  readonly language?: string;
}

export type CodesOptions = ControlOptions & SheetOptions;

export interface LogOptions extends ControlOptions {
  readonly count: number;
}

const cardSchema: z.ZodType<Card> = z.object({
  language: z.string(),
  languageName: z.string(),
  person: z.string().exactOptional(),
  isRightToLeft: z.boolean(),
  title: z.string(),
  headings: z.object({
    number: z.string(),
    say: z.string(),
    means: z.string(),
    devices: z.string(),
  }),
  lines: z.array(z.object({ say: z.string(), means: z.string() })),
  devices: z.array(z.object({ number: z.string(), name: z.string() })),
  safety: z.string(),
  codes: z.object({ title: z.string(), use: z.string(), voids: z.string() }),
});

const codesSchema = z.object({ codes: z.array(z.string()).min(1) });

const logSchema = z.array(
  z.object({
    at: z.string(),
    person: z.string(),
    device: z.string(),
    property: z.string(),
    value: scalarSchema,
  }),
);

/** `koine people card`: what somebody may text, on one page. */
export async function printCard(
  person: string | undefined,
  options: CardOptions,
  context: Context,
): Promise<ExitCode> {
  checkSheet(options);
  const card = await askCard(person, options, context);
  const press = await pressOf(card, options, context);
  const paint = painter(context.colours);
  if (press) await printTo(press, cardPage(card, press.measure), options, context);
  else for (const line of cardText(card, paint)) context.print(line);
  return exitCode.ok;
}

/** `koine people codes print`: a new sheet of one-time codes. The one before is void from then on. */
export async function printCodes(
  person: string,
  options: CodesOptions,
  context: Context,
): Promise<ExitCode> {
  checkSheet(options);
  const card = await askCard(person, options, context);
  const press = await pressOf(card, options, context);
  const { codes } = codesSchema.parse(await ask("people-codes", { person }, options, context));
  const paint = painter(context.colours);
  if (press) await printTo(press, codesPage(card, codes, press.measure), options, context);
  else for (const line of codesText(card, codes, paint)) context.print(line);
  context.complain(`The codes that ${card.person ?? person} had before are void`);
  return exitCode.ok;
}

/** `koine people log`: what people have had done, newest first. */
export async function printLog(options: LogOptions, context: Context): Promise<ExitCode> {
  const { count } = options;
  const entries = logSchema.parse(await ask("people-log", { count }, options, context));
  const rows = entries.map(({ at, person, device, property, value }) => [
    at,
    person,
    device,
    value === null ? property : `${property}=${JSON.stringify(value)}`,
  ]);
  for (const line of table(rows)) context.print(line);
  return exitCode.ok;
}

async function askCard(
  person: string | undefined,
  options: CardOptions,
  context: Context,
): Promise<Card> {
  const { language } = options;
  const params = {
    ...(person !== undefined && { person }),
    ...(language !== undefined && { language }),
  };
  return cardSchema.parse(await ask("people-card", params, options, context));
}

/** What prints the file that is wanted; undefined for the terminal. */
async function pressOf(
  { language }: Card,
  { out }: SheetOptions,
  context: Context,
): Promise<Press | undefined> {
  if (out === undefined) return undefined;
  return pressFor(out, { language, madeAtMs: context.clock(1).now() });
}

async function printTo(
  press: Press,
  page: Page,
  { out = "", force }: SheetOptions,
  { print }: Context,
): Promise<void> {
  writeSheet(out, await press.print(page), force === true);
  print(`${out} is written`);
}
