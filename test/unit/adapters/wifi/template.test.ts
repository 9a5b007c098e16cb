import { describe, expect, test } from "vitest";
import {
  parseTemplate,
  TemplateError,
  type TemplateScope,
} from "../../../../adapters/wifi/template/template.ts";
import type { Scalar } from "../../../../src/model/scalar.ts";

/** What a template says for a payload, given as the value that was parsed from it. */
function say(template: string, json?: Scalar, more: Record<string, Scalar> = {}) {
  const value = typeof json === "string" ? json : JSON.stringify(json ?? null);
  const scope: TemplateScope = { ...more, value, value_json: json };
  return parseTemplate(template).render(scope);
}

/** What an expression says. */
function print(expression: string, json?: Scalar) {
  return say(`{{ ${expression} }}`, json);
}

describe("a template in the wild", () => {
  test.each<readonly [string, string, Scalar, string]>([
    ["zigbee2mqtt", "{{ value_json.temperature }}", { temperature: 21.5 }, "21.5"],
    [
      "zigbee2mqtt's update",
      "{{ value_json['update']['state'] == \"available\" }}",
      { update: { state: "available" } },
      "True",
    ],
    ["zigbee2mqtt's switch", '{{ "ON" if value_json.lock == 1 else "OFF" }}', { lock: 0 }, "OFF"],
    ["Tasmota", "{{value_json['ENERGY'].Total}}", { ENERGY: { Total: 1.234 } }, "1.234"],
    [
      "Tasmota's power",
      "{% if value_json.POWER is defined %}{{ value_json.POWER }}{% else %}none{% endif %}",
      { POWER: "ON" },
      "ON",
    ],
    ["rtl_433's battery", "{{ float(value) * 99 + 1 }}", "1", "100.0"],
    ["rtl_433's rain", "{{ (float(value|float) * 25.4) | round(2) }}", "0.51", "12.95"],
    ["rtl_433's wind", "{{ (float(value|float) * 3.6) | round(2) }}", "1.0", "3.6"],
    ["OpenMQTTGateway", "{{ value_json.tempc | is_defined }}", { tempc: 4 }, "4"],
    [
      "Theengs' presence",
      "{{ (value_json.presence | default(false)) | iif('home','not_home') }}",
      {},
      "not_home",
    ],
    ["Shelly", "{% if value_json.output %}ON{% else %}OFF{% endif %}", { output: true }, "ON"],
    ["Shelly's energy", "{{ (value | float / 60 / 1000) | round(2) }}", "73210", "1.22"],
    [
      "Valetudo",
      "{{ value_json['state'] if 'state' in value_json else 'idle' }}",
      { state: "docked" },
      "docked",
    ],
    [
      "Valetudo's wear",
      "{{ (value_json | selectattr('type','eq','filter') | map(attribute='value') | first) / 60 }}",
      [
        { type: "brush", value: 60 },
        { type: "filter", value: 90 },
      ],
      "1.5",
    ],
    [
      "ESPHome's light",
      "{{ value_json.color.r }},{{ value_json.color.g }}",
      { color: { r: 1, g: 2 } },
      "1,2",
    ],
    ["a command", '{"state": "{{ value }}"}', "heat", '{"state": "heat"}'],
    [
      "a table of modes",
      "{% set modes = {0: 'off', 1: 'heat', 4: 'auto'} %}{{ modes[value | int] | default('off') }}",
      "4",
      "auto",
    ],
    [
      "a sum over a list",
      "{% set ns = namespace(sum=0) %}{% for cell in value_json.cells %}{% set ns.sum = ns.sum + cell %}{% endfor %}{{ ns.sum }}",
      { cells: [3, 4] },
      "7",
    ],
    [
      "a payload cut by hand",
      "{{ value | regex_findall_index('\\\"t\\\":(-?\\d+(?:\\.\\d+)?)') }}",
      '{"t":-3.5}',
      "-3.5",
    ],
  ])("of %s is read", (_, template, json, said) => {
    expect(say(template, json)).toBe(said);
  });

  test("of a command makes JSON of what it is given", () => {
    const template = "{{ {'state':'ON', 'brightness': brightness} | tojson }}";
    expect(say(template, 1, { brightness: 7 })).toBe('{"brightness": 7, "state": "ON"}');
    expect(say(template)).toBeUndefined();
  });
});

describe("a value is printed as Python prints it:", () => {
  test.each([
    ["true", "True"],
    ["none", "None"],
    ["5", "5"],
    ["10 / 2", "5.0"],
    ["21.50", "21.5"],
    ["1e16", "1e+16"],
    ["1e15", "1000000000000000.0"],
    ["0.0001", "0.0001"],
    ["0.000012", "1.2e-05"],
    ["0.1 + 0.2", "0.30000000000000004"],
    ["'nan' | float", "nan"],
    ["[1, 'it\\'s', \"b\", none, (1,), {'a': 1.0}]", `[1, "it's", 'b', None, (1,), {'a': 1.0}]`],
    ["{'b': 2, 'a': '<'} | tojson", '{"a": "\\u003c", "b": 2}'],
    ["{'b': 2, 'a': '<'} | to_json", '{"b":2,"a":"<"}'],
  ])("%s", (expression, printed) => {
    expect(print(expression)).toBe(printed);
  });

  test("a number of JSON is an integer when it is whole", () => {
    expect(print("value_json", 5)).toBe("5");
    expect(print("value_json * 1.0", 5)).toBe("5.0");
    expect(print("value_json", 2 ** 60)).toBeUndefined();
  });
});

describe("an expression means what it means in Jinja:", () => {
  test.each([
    ["-7 // 2", "-4"],
    ["-7 % 3", "2"],
    ["7.5 // -2", "-4.0"],
    ["2 ** 3 ** 2", "64"],
    ["-2 ** 2", "4"],
    ["2 ** -1", "0.5"],
    ["1 ~ 2 * 3", "16"],
    ["1 + 2 | float", "3.0"],
    ["1 < 2 < 3", "True"],
    ["0 or 'x'", "x"],
    ["'' and 'x'", ""],
    ["not 1 is odd", "False"],
    ["3 is not divisibleby 2", "True"],
    ["2 not in [1, 3]", "True"],
    ["True + 1", "2"],
    ["1 == 1.0 == True", "True"],
    ["'abc'[-2:]", "bc"],
    ["[1, 2, 3][::-1]", "[3, 2, 1]"],
    ["'a b c'.split(' ')[1]", "b"],
    ["{'a': 1}.get('b', 2)", "2"],
    ["2.5 | round", "2"],
    ["2.675 | round(2)", "2.67"],
    ["0.125 | round(2)", "0.12"],
    ["1.01 | round(1, 'ceil')", "1.1"],
    ["1250 | round(-2)", "1200.0"],
    ["'42.9' | int", "42"],
    ["'1F' | int(base=16)", "31"],
    ["'x' | int(3)", "3"],
    ["'on' | bool", "True"],
    ["none | iif('a', 'b', 'c')", "c"],
    ["['b', 'A'] | sort | join(',')", "A,b"],
    ["range(1, 6, 2) | map('multiply', 2) | list", "[2.0, 6.0, 10.0]"],
    ["'a1b2' | regex_replace('[a-z](\\d)', '\\\\1')", "12"],
    ["'foo-bar' | title", "Foo-Bar"],
    ["'\\x41\\n' ~ '\\q'", "A\n\\q"],
  ])("%s", (expression, printed) => {
    expect(print(expression)).toBe(printed);
  });
});

describe("a statement means what it means in Jinja:", () => {
  test.each([
    ["a  {%- if true %} b {% endif -%}  c", "a b c"],
    ["{% set x = 0 %}{% for i in [1, 2] %}{% set x = x + 1 %}{{ x }}{% endfor %}{{ x }}", "110"],
    ["{% for i in [] %}x{% else %}none{% endfor %}", "none"],
    ["{% for k, v in {'a': 1}.items() %}{{ loop.index }}{{ k }}{{ v }}{% endfor %}", "1a1"],
    ["{% for i in range(5) if i is odd %}{{ i }}{{ ',' if not loop.last }}{% endfor %}", undefined],
    [
      "{% for i in range(5) if i is odd %}{{ i }}{{ ',' if not loop.last else '' }}{% endfor %}",
      "1,3",
    ],
    ["{% if false %}a{% elif 1 %}b{% else %}c{% endif %}", "b"],
    ["{# nothing #}  text  ", "text"],
    ["{{ {'a': {'b': 1}}['a'] }}", "{'b': 1}"],
  ])("%s", (template, said) => {
    expect(say(template)).toBe(said);
  });
});

describe("a template has nothing to say", () => {
  test.each([
    ["value_json.nope"],
    ["value_json.nope.deeper | default(1)"],
    ["value_json.nope | float(0)"],
    ["value_json.nope ~ 'x'"],
    ["'x' | float"],
    ["1 / 0"],
    ["1 < 'a'"],
    ["1 + 'a'"],
    ["value_json.update"],
    ["10 ** 1000"],
    ["range(1001)"],
    ["namespace()"],
    ["[] | max"],
    ["'x' | from_json"],
  ])("where %s fails", (expression) => {
    expect(print(expression, { update: 1 })).toBeUndefined();
  });

  test("unless what is missing is asked for", () => {
    expect(print("value_json.nope | default('x')", {})).toBe("x");
    expect(print("value_json.nope is defined", {})).toBe("False");
    expect(say("{% if value_json.nope %}a{% else %}b{% endif %}", {})).toBe("b");
    expect(print("value_json.nope == 1", {})).toBe("False");
    expect(print("'a' if false", {})).toBeUndefined();
  });

  test("of the host it runs in", () => {
    for (const name of ["__class__", "constructor", "__proto__", "toString"]) {
      expect(print(`value_json.${name} is defined`, {})).toBe("False");
      expect(print(`value_json['${name}'] is defined`, {})).toBe("False");
      expect(print(`${name} is defined`, {})).toBe("False");
    }
  });

  test("when it would take too long or say too much", () => {
    const double = "{% set ns = namespace(x=['a', 'a']) %}{% for i in range(1000) %}";
    expect(say(`${double}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}`)).toBeUndefined();
    expect(say(`${double}{% set ns.x = ns.x + ns.x %}{% endfor %}x`)).toBeUndefined();
    expect(say(`${double}{% set ns.x = ns.x ~ ns.x %}{% endfor %}x`)).toBeUndefined();
    const loop = "{% for i in range(1000) %}";
    expect(say(`${loop}${loop}{% endfor %}{% endfor %}x`)).toBeUndefined();
    expect(say("{{ value | regex_replace('a*a*a*b', '') }}", "a".repeat(4_000))).toBeUndefined();
  });
});

describe("a template is refused for", () => {
  test.each([
    ["{{ value | nope }}", "Unknown filter 'nope' at character 12"],
    ["{{ value | timestamp_custom('%H') }}", "Unknown filter 'timestamp_custom'"],
    ["{{ now() }}", "Unknown function 'now' at character 4"],
    ["{{ states('sensor.x') }}", "Unknown function 'states'"],
    ["{{ this.state }}", "Unknown name 'this'"],
    ["{{ value.encode() }}", "Unknown method 'encode'"],
    ["{{ value is nope }}", "Unknown test 'nope'"],
    ["{% macro x() %}", "Unknown statement 'macro'"],
    ["{% include 'x' %}", "Unknown statement 'include'"],
    ["{{ loop.index }}", "Unknown name 'loop'"],
    ["{% for i in value %}{{ loop.cycle }}{% endfor %}", "Unknown attribute 'loop.cycle'"],
    ["{{ '%.1f' % value }}", "Unknown operator '%' of a string"],
    ["{{ value | map('nope') }}", "Unknown filter 'nope'"],
    ["{{ value | round(1, 2, 3, 4) }}", "Too many arguments of 'round'"],
    ["{{ value | round(nope=1) }}", "Unknown argument 'nope' of 'round'"],
    ["{{ value | replace('a') }}", "Missing argument 'new' of 'replace'"],
    ["{{ value | regex_replace(value, '') }}", "No string literal as argument of 'regex_replace'"],
    ["{{ value | regex_search('(a+)+') }}", "Unreadable pattern of 'regex_search'"],
    ["{{ value | regex_search('(?=a)') }}", "Unreadable pattern of 'regex_search'"],
    ["{{ value", "A tag is not closed at character 9"],
    ["{{ }}", "Unexpected end of the tag"],
    ["{{ value value }}", "Unexpected 'value', expected the end of the tag, at character 10"],
    ["{{ 'a }}", `Unexpected ''' at character 4`],
    ["{% if value %}", "An 'if' is not closed"],
    ["{% endif %}", "Unknown statement 'endif'"],
    ["{# x", "A comment is not closed"],
    [`{{ ${"(".repeat(51)}1${")".repeat(51)} }}`, "Nested too deep"],
    [`{{ 1${"+1".repeat(501)} }}`, "Too many operators"],
    ["x".repeat(8_193), "Too long a template"],
  ])("%s", (template, reason) => {
    expect(() => parseTemplate(template)).toThrow(TemplateError);
    expect(() => parseTemplate(template)).toThrow(reason);
  });
});
