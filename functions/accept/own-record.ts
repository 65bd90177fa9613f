import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import type { IdempotencyRecord } from '@aws-lambda-powertools/idempotency/persistence';
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  UpdateItemCommand,
  type AttributeValue,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';

/** An answer as it is kept. */
export const keptAnswer = v.object({
  statusCode: v.number(),
  headers: v.record(v.string(), v.string()),
  body: v.string(),
});

const inProgressExpiryAttr = 'in_progress_expiration';

/**
 * The record of one idempotent request. The library also ends records that another request has written: a delete whose
 * answer was lost, and which the SDK repeats, would end that of the repeated request, and a third one would push again. So
 * would a write that comes late, from an instance that was frozen. This class ends its own record only.
 */
export class OwnRecord extends DynamoDBPersistenceLayer {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;
  /** When the request stops counting as under way. It identifies the record: another one of its key ends later. */
  #untilMs = 0;

  constructor(client: DynamoDBClient, tableName: string, account: string) {
    super({
      ...{ awsSdkV3Client: client, tableName, inProgressExpiryAttr },
      ...{ keyAttr: 'account', sortKeyAttr: 'key', expiryAttr: 'expiresAt', staticPkValue: account },
    });
    this.#client = client;
    this.#tableName = tableName;
  }

  protected override async _putRecord(record: IdempotencyRecord): Promise<void> {
    this.#untilMs = record.inProgressExpiryTimestamp ?? 0;
    await super._putRecord(record);
  }

  /** @throws ConditionalCheckFailedException if the record is that of another request by now. */
  protected override async _updateRecord(record: IdempotencyRecord): Promise<void> {
    const { expiryTimestamp: expiresAt = 0, responseData } = record;
    await this.#client.send(
      new UpdateItemCommand({
        ...this.#ownOf(record, {
          ':expiresAt': { N: String(expiresAt) },
          ':status': { S: record.getStatus() },
          ':data': attributeOf(v.parse(keptAnswer, responseData)),
        }),
        UpdateExpression: 'SET expiresAt = :expiresAt, #status = :status, #data = :data',
        ExpressionAttributeNames: { '#status': 'status', '#data': 'data' },
      }),
    );
  }

  protected override async _deleteRecord(record: IdempotencyRecord): Promise<void> {
    try {
      await this.#client.send(new DeleteItemCommand(this.#ownOf(record)));
    } catch (error) {
      // It is gone already, or that of another request by now.
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  /** What a write has in common that ends the record if it is this one. */
  #ownOf({ idempotencyKey }: IdempotencyRecord, values: Readonly<Record<string, AttributeValue>> = {}) {
    return {
      TableName: this.#tableName,
      Key: this.getKey(idempotencyKey),
      ConditionExpression: `${inProgressExpiryAttr} = :until`,
      ExpressionAttributeValues: { ':until': { N: String(this.#untilMs) }, ...values },
    };
  }
}

function attributeOf({ statusCode, headers, body }: v.InferOutput<typeof keptAnswer>): AttributeValue {
  const texts = Object.entries(headers).map(([name, value]) => [name, { S: value }] as const);
  return { M: { statusCode: { N: String(statusCode) }, headers: { M: Object.fromEntries(texts) }, body: { S: body } } };
}
