/** A line of CSV (RFC 4180). The fields have no line breaks. */
export function csvLine(fields: readonly string[]): string {
  const quoted = fields.map((field) => (/[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field));
  return `${quoted.join(',')}\n`;
}
