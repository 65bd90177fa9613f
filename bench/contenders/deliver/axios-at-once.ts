import { Agent } from 'node:http';
import type { SQSEvent } from 'aws-lambda';
import axios from 'axios';
import { formOf } from './form.ts';

/** axios, with connections that are kept: without, each push would pay for its own. */
const url = process.env['PNM2_URL'] ?? '';
const client = axios.create({
  httpAgent: new Agent({ keepAlive: true, maxSockets: Number(process.env['CONCURRENCY']) }),
});

export const handler = async ({ Records: records }: SQSEvent): Promise<void> => {
  await Promise.all(records.map((record) => client.post(url, formOf(record))));
};
