import type * as v from 'valibot';
import type { Template } from './packaged.ts';
import { all, type Shapes } from './resources.ts';

/** Something that AWS refuses or does differently, and that the validator of the template does not know. */
export interface AwsRule {
  /** A sentence that says what holds. */
  readonly says: string;
  /** Where AWS says it. */
  readonly source: string;
  /** Each breach of the rule in a template, by the name of its resource. */
  readonly breaches: (template: Template) => string[];
}

/** The names of the resources of a type that break a rule. */
export function those<T extends keyof Shapes>(
  type: T,
  breaks: (properties: v.InferOutput<Shapes[T]>, template: Template, name: string) => boolean,
): AwsRule['breaches'] {
  return (template) =>
    all(template, type)
      .filter(([name, properties]) => breaks(properties, template, name))
      .map(([name]) => name);
}
