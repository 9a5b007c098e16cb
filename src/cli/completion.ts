import type { Command } from "commander";
import { exitCode, type ExitCode } from "../exit-code.ts";
import type { Context } from "./context.ts";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** One command, by the words that lead to it, and what may stand behind them. */
interface Place {
  /** `devices rename`; empty for the program itself. */
  readonly words: string;
  readonly next: readonly string[];
}

/** `koine completion <shell>`: a script that completes commands, options and choices. */
export function completion(shell: Shell, program: Command, { print }: Context): ExitCode {
  const places = placesOf(program, []);
  print(scripts[shell](places));
  return exitCode.ok;
}

function placesOf(command: Command, words: readonly string[]): readonly Place[] {
  const commands = command.commands.map((one) => one.name());
  const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  const options = command.options.flatMap(({ hidden, long }) => (hidden || !long ? [] : long));
  return [
    { words: words.join(" "), next: [...commands, ...choices, ...options, "--help"] },
    ...command.commands.flatMap((one) => placesOf(one, [...words, one.name()])),
  ];
}

const scripts: Readonly<Record<Shell, (places: readonly Place[]) => string>> = {
  bash: (places) => `${finder(places)}
_koine() {
  local IFS=$' \\t\\n'
  COMPREPLY=($(compgen -W "$(_koine_next "\${COMP_WORDS[@]:1:COMP_CWORD-1}")" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _koine koine`,
  zsh: (places) => `#compdef koine
${finder(places)}
_koine() {
  local -a next
  next=(\${=$(_koine_next "\${(@)words[2,CURRENT-1]}")})
  compadd -- $next || _files
}
compdef _koine koine`,
  fish: (places) => `function __koine_at
  set -l words (string match -vr '^-' -- (commandline -opc)[2..])
  test "$words" = "$argv"
end
${places.map(({ words, next }) => `complete -c koine -n '__koine_at ${words}' -a '${next.join(" ")}'`).join("\n")}`,
};

/** A shell function that prints what may follow some words: what follows the longest of them known. */
function finder(places: readonly Place[]): string {
  const cases = places.map(({ words, next }) => `      "${words}") next="${next.join(" ")}" ;;`);
  return `_koine_next() {
  local at="" word next=""
  for word in "" "$@"; do
    case "$word" in -*) continue ;; esac
    at="\${at:+$at }$word"
    case "$at" in
${cases.join("\n")}
    esac
  done
  echo "$next"
}`;
}
