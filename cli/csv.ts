/** A line as RFC 4180 has it. */
export function csvLine(fields: readonly string[]): string {
  const quoted = fields.map((field) => (/[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field));
  return `${quoted.join(',')}\n`;
}
