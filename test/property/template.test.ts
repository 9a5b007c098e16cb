import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseTemplate, TemplateError } from "../../adapters/wifi/template/template.ts";
import type { Scalar } from "../../src/model/scalar.ts";

const real = [
  "{{ value_json.temperature }}",
  "{{ value_json['update']['state'] == \"available\" }}",
  "{% if value_json.POWER is defined %}{{ value_json.POWER }}{% else %}none{% endif %}",
  "{{ (value | float / 60 / 1000) | round(2) }}",
  "{{ (value_json.presence | default(false)) | iif('home','not_home') }}",
  "{% set ns = namespace(x=0) %}{% for i in value_json.list %}{% set ns.x = ns.x ~ i %}{% endfor %}{{ ns.x }}",
  "{% for k, v in value_json.items() if v is number %}{{ loop.index }}{{ k[1:3] }}{{ -v ** 2 // 3 }}{% endfor %}",
  "{{ value | regex_replace('(\\d+)\\.(\\d*)', '\\\\2') | upper }}",
  "{{ {'brightness': value, 'state':'ON'} | tojson }}",
  "{{ value_json.list | map('int', 0) | select('gt', 1) | sort(reverse=true) | join(',') }}",
] as const;

const words = [
  ..."{{ }} {% %} {# #} - ( ) [ ] { } , . : | ~ + * ** // % == < in is not and or if else".split(
    " ",
  ),
  ..."endif elif for endfor set value value_json ns.x list 'a' \"b\" 0 1 2.5 1e308 none true".split(
    " ",
  ),
  ..."float int round(2) default(1) replace('','aa') range(1000) length split() zfill(9999)".split(
    " ",
  ),
];

const noise = fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 3 }));

const templates = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(...real),
  fc.array(fc.constantFrom(...words), { maxLength: 30 }).map((some) => `{{ ${some.join(" ")} }}`),
  fc
    .tuple(fc.constantFrom(...real), fc.nat(), fc.nat({ max: 8 }), noise)
    .map(([template, at, gone, fresh]) => {
      const start = at % (template.length + 1);
      return template.slice(0, start) + fresh + template.slice(start + gone);
    }),
);

const payloads = fc.oneof(
  fc.constantFrom('{"temperature":21.5,"list":[3,"1",null,2.5],"update":{"state":"x"}}', "12.5"),
  fc.json(),
  fc.string({ unit: "binary" }),
);

function jsonOf(text: string): Scalar | undefined {
  try {
    return JSON.parse(text) as Scalar;
  } catch {
    return undefined;
  }
}

/** What a template says; undefined also where it is refused. */
function say(template: string, value: string): string | undefined {
  try {
    return parseTemplate(template).render({ value, value_json: jsonOf(value) });
  } catch (error) {
    if (error instanceof TemplateError) return undefined;
    throw error;
  }
}

test("a template is refused or renders, whatever it is and whatever it is given", () => {
  fc.assert(
    fc.property(templates, payloads, (template, value) => {
      const started = performance.now();
      const said = say(template, value);
      expect(said === undefined || said.length <= 16_384).toBe(true);
      expect(performance.now() - started).toBeLessThan(2_000);
    }),
    { numRuns: 5_000 },
  );
});

test("text without tags says itself, without the space around it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme-ascii" }), (text) => {
      fc.pre(!/\{[{%#]/.test(text));
      expect(say(text, "")).toBe(text.trim());
    }),
  );
});

test("a string of JSON comes through a template unchanged", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme-ascii" }), (text) => {
      expect(say("{{ value }}", text)).toBe(text.trim());
      expect(say("{{ value_json | to_json }}", JSON.stringify([text]))).toBe(
        JSON.stringify([text]),
      );
    }),
  );
});
