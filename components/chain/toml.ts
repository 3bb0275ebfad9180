/** TOML as far as node configuration goes: sections of one-line values. */
export type TomlValue = string | number | boolean | readonly string[];
/** Section to key to value; the section "" stands before all others. */
export type Toml = Readonly<Record<string, Readonly<Record<string, TomlValue>>>>;

/** The text, in the order given, so that a diff shows what changed and nothing else. */
export function toToml(sections: Toml): string {
  const blocks = Object.entries(sections)
    .filter(([, values]) => Object.keys(values).length > 0)
    .map(([section, values]) => {
      const lines = Object.entries(values).map(([key, value]) => `${key} = ${literal(value)}`);
      return [...(section === "" ? [] : [`[${section}]`]), ...lines].join("\n");
    });
  return `${blocks.join("\n\n")}\n`;
}

/** A basic string of TOML has JSON's escapes for all that can stand in a setting. */
function literal(value: TomlValue): string {
  if (typeof value === "object") return `[${value.map((each) => JSON.stringify(each)).join(", ")}]`;
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
