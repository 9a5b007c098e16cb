import type { Command } from "commander";
import { remove, rename, replace } from "./change-devices.ts";
import type { Context } from "./context.ts";
import type { ControlOptions } from "./control.ts";
import { devices, type DevicesOptions } from "./devices.ts";
import { explain, type ExplainOptions } from "./explain.ts";
import { get, type GetOptions } from "./get.ts";
import {
  assignment,
  client,
  control,
  examples,
  seconds,
  type Assignment,
  type Done,
} from "./options.ts";
import { set, type SetOptions } from "./set.ts";
import { watch, type WatchOptions } from "./watch.ts";

/** The commands about devices. */
export function declareDevices(program: Command, context: Context, done: Done): void {
  declareList(program, context, done);
  declareReaders(program, context, done);
  client(program, "set", "command a device and wait for the result")
    .argument("<device>", "id or name")
    .argument("<property=value...>", "what to set", assignment)
    .option("--transition <seconds>", "change a light over this time", seconds(3_600))
    .option("--expires <seconds>", "void when the device was not reached by then", seconds(604_800))
    .option("--dry-run", "only check; nothing is sent")
    .addHelpText(
      "after",
      examples("koine set pump onoff=on", 'koine set "Hall light" brightness=40 --transition 2'),
    )
    .action(async (device: string, assignments: Assignment[], options: SetOptions) =>
      done(await set(device, assignments, options, context)),
    );
}

function declareList(program: Command, context: Context, done: Done): void {
  const list = client(program, "devices", "list the devices of the running gateway, or change them")
    .option("--json", "print JSON")
    .enablePositionalOptions()
    .addHelpText("after", examples("koine devices", "koine devices --json | jq '.[].id'"))
    .action(async (options: DevicesOptions) => done(await devices(options, context)));
  control(list, "rename", "give a device another name; its id and keys stay")
    .argument("<device>", "id or name")
    .argument("<name>", "what people shall call it")
    .addHelpText("after", examples('koine devices rename wifi-024b4f000004 "North pump"'))
    .action(async (device: string, name: string, options: ControlOptions) =>
      done(await rename(device, name, options, context)),
    );
  control(list, "remove", "forget a device and all that is retained of it")
    .argument("<device>", "id or name")
    .addHelpText("after", examples('koine devices remove "Old plug"'))
    .action(async (device: string, options: ControlOptions) =>
      done(await remove(device, options, context)),
    );
  control(
    list,
    "replace",
    "let new hardware take the place of a dead device: id, name and keys stay",
  )
    .argument("<device>", "the dead one, by id or name")
    .argument("<with>", "the new one, by id or name")
    .addHelpText("after", examples('koine devices replace "Pump" wifi-024b4f000009'))
    .action(async (dead: string, successor: string, options: ControlOptions) =>
      done(await replace(dead, successor, options, context)),
    );
}

function declareReaders(program: Command, context: Context, done: Done): void {
  client(program, "watch", "show what happens, as it happens")
    .argument("[filter]", "only devices whose id or name contains this")
    .option("-p, --property <key>", "only this property or event")
    .option("--json", "print one JSON object a line")
    .addHelpText("after", examples("koine watch", "koine watch kitchen -p power"))
    .action(async (filter: string | undefined, options: WatchOptions) =>
      done(await watch(filter, options, context)),
    );
  client(program, "get", "show the values of a device")
    .argument("<device>", "id or name")
    .argument("[property...]", "only these properties")
    .option("--now", "ask the device, rather than show what was heard last")
    .option("--json", "print JSON")
    .addHelpText("after", examples("koine get Greenhouse", "koine get pump power --now"))
    .action(async (device: string, keys: string[], options: GetOptions) =>
      done(await get(device, keys, options, context)),
    );
  control(
    program,
    "explain",
    "show where the values of a device came from, and what was made of them",
  )
    .argument("<device>", "id or name")
    .argument("[property...]", "only these properties")
    .option("--json", "print JSON")
    .addHelpText("after", examples("koine explain pump", "koine explain pump power"))
    .action(async (device: string, keys: string[], options: ExplainOptions) =>
      done(await explain(device, keys, options, context)),
    );
}
