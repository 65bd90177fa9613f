import type { SQSEvent } from 'aws-lambda';
import { formOf } from './form.ts';

/** The commonest sample: one `fetch` after another. */
const url = process.env['PNM2_URL'] ?? '';

export const handler = async ({ Records: records }: SQSEvent): Promise<void> => {
  for (const record of records) {
    const response = await fetch(url, { method: 'POST', body: formOf(record) });
    await response.text();
    if (!response.ok) throw new Error(`the gateway answered ${String(response.status)}`);
  }
};
