import { examine, type Section } from "../doctor/doctor.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import type { Finding } from "../model/finding.ts";
import { dataDirectory, loadMeant } from "./configuration.ts";
import type { Context } from "./context.ts";
import type { ControlOptions } from "./control.ts";
import { painter, type Paint } from "./style.ts";

export interface DoctorOptions extends ControlOptions {
  readonly json?: boolean;
}

/**
 * `koine doctor`: what keeps a gateway from working here, why, and what to do. Changes nothing. Exit
 * code 1 when there is a problem; warnings are none.
 */
export async function doctor(options: DoctorOptions, context: Context): Promise<ExitCode> {
  const { print, env } = context;
  const sections = await examine({
    load: () => loadMeant(options, context),
    directoryOf: (loaded) =>
      options.data ?? (loaded ? dataDirectory(loaded.config, env) : dataDirectory({}, env)),
    surroundings: context.surroundings(),
    run: options.config === undefined ? "koine run" : `koine run --config "${options.config}"`,
  });
  const findings = sections.flatMap((section) => section.findings);
  const problems = findings.filter(({ level }) => level === "problem").length;
  const code = problems > 0 ? exitCode.negative : exitCode.ok;
  if (options.json === true) {
    print(JSON.stringify(sections.flatMap(asRows)));
    return code;
  }
  const paint = painter(context.colours);
  for (const { name, findings: all } of sections) {
    print(paint("bold", name));
    for (const line of all.flatMap((finding) => linesOf(finding, paint))) print(line);
  }
  const warnings = findings.filter(({ level }) => level === "warning").length;
  print(`${counted(problems, "problem")}, ${counted(warnings, "warning")}`);
  return code;
}

function asRows({ name, findings }: Section): object[] {
  return findings.map((finding) => ({ about: name, ...finding }));
}

function linesOf(finding: Finding, paint: Paint): string[] {
  if (finding.level === "ok") return [`  ${paint("green", "ok")}       ${finding.what}`];
  const { level, code, what, why, next } = finding;
  const mark = level === "problem" ? paint("red", level) : paint("yellow", level);
  return [
    `  ${mark}  ${what} ${paint("dim", `[${code}]`)}`,
    `           ${why}`,
    `           ${paint("bold", "→")} ${next}`,
  ];
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
