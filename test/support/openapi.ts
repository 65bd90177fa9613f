import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';

type Schema = Readonly<Record<string, unknown>>;

interface Answer {
  readonly headers?: Readonly<Record<string, { readonly required?: boolean; readonly schema: Schema }>>;
  readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
}

interface ApiDescription {
  readonly info: { readonly version: string };
  readonly paths: Readonly<
    Record<
      string,
      {
        readonly post: {
          readonly parameters: readonly { readonly $ref: string }[];
          readonly responses: Readonly<Record<string, { readonly $ref: string }>>;
        };
      }
    >
  >;
  readonly components: {
    readonly parameters: Readonly<Record<string, Parameter>>;
    readonly requestBodies: {
      readonly Pushes: {
        readonly content: Readonly<
          Record<string, { readonly examples: Readonly<Record<string, { readonly value: unknown }>> }>
        >;
      };
    };
    readonly responses: Readonly<Record<string, Answer>>;
    readonly schemas: Readonly<Record<string, Schema>>;
  };
}

export const apiDescriptionUrl = new URL('../../docs/openapi.yaml', import.meta.url);
export const apiDescription = parse(readFileSync(apiDescriptionUrl, 'utf8')) as ApiDescription;

// Clients ignore members that they do not know, but the description must have them all.
const closed = Object.entries(apiDescription.components.schemas).map(([name, schema]) => [
  name,
  'properties' in schema ? { additionalProperties: false, ...schema } : schema,
]);
// The linter checks the schemas themselves. A header is text, also where it is a number.
const options = { strict: false, validateSchema: false, allErrors: true } as const;
const ajv = new Ajv2020(options).addSchema(
  { components: { ...apiDescription.components, schemas: Object.fromEntries(closed) as unknown } },
  'api',
);
const headerAjv = new Ajv2020({ ...options, coerceTypes: true });

/** Where the description has the answers of a path, by status. */
function answersOf(path: string): Map<number, { readonly pointer: string; readonly answer: Answer }> {
  const responses = Object.entries(apiDescription.paths[path]?.post.responses ?? {});
  return new Map(
    responses.flatMap(([status, { $ref: pointer }]) => {
      const answer = apiDescription.components.responses[pointer.replace('#/components/responses/', '')];
      return answer === undefined ? [] : [[Number(status), { pointer, answer }]];
    }),
  );
}

/** The parameters that a POST to a path can have in its query. */
export function queryOfPost(path: string): Parameter[] {
  return (apiDescription.paths[path]?.post.parameters ?? [])
    .flatMap(({ $ref: pointer }) => apiDescription.components.parameters[pointer.replace(/^.*\//, '')] ?? [])
    .filter((parameter) => parameter.in === 'query');
}

/** The answers of a path that come from the relay itself: `STATUS CONTENT-TYPE`. */
export function ownAnswersOf(path: string): string[] {
  return [...answersOf(path)].flatMap(([status, { answer }]) =>
    Object.entries(answer.content)
      .filter(([, { schema }]) => schema['$ref'] !== '#/components/schemas/ApiGatewayMessage')
      .map(([contentType]) => `${String(status)} ${contentType}`),
  );
}

/** The examples of request bodies, each with its content type. */
export function exampleBodies(): { readonly contentType: string; readonly name: string; readonly value: unknown }[] {
  return Object.entries(apiDescription.components.requestBodies.Pushes.content).flatMap(([contentType, { examples }]) =>
    Object.entries(examples).map(([name, { value }]) => ({ contentType, name, value })),
  );
}

/** Without its parameters: the local stack adds a charset. */
export function contentTypeOf(headers: Headers): string {
  return (headers.get('content-type') ?? '').replace(/;.*/, '');
}

/** What in an answer contradicts the description. */
export function contradictionsOf(path: string, status: number, headers: Headers, body: unknown): string[] {
  const described = answersOf(path).get(status);
  if (described === undefined) return [`The status ${String(status)} is not described.`];
  const { pointer, answer } = described;
  const contentType = contentTypeOf(headers);
  if (!(contentType in answer.content)) return [`${String(status)} has no content type ${contentType}.`];
  const badHeaders = Object.entries(answer.headers ?? {})
    .filter(([name, { required = false, schema }]) => {
      const value = headers.get(name);
      return value === null ? required : !headerAjv.validate(schema, value);
    })
    .map(([name]) => `The header ${name} is ${String(headers.get(name))}.`);
  const schema = { $ref: `api${pointer}/content/${contentType.replace('/', '~1')}/schema` };
  return ajv.validate(schema, body) ? badHeaders : [...badHeaders, ajv.errorsText()];
}
