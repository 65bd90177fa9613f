import { closest, distance } from 'fastest-levenshtein';
import type { Setting } from '../shared/environment.ts';
import {
  acceptSettings,
  deliverSettings,
  devicesSettings,
  faultsOfDelivery,
  faultsOfBatches,
  faultsOfSubscribers,
  mappingSettings,
  outcomesSettings,
  stackSettings,
  sweepSettings,
} from '../shared/settings.ts';

const settings = {
  ...acceptSettings,
  ...deliverSettings,
  ...devicesSettings,
  ...sweepSettings,
  ...mappingSettings,
  ...outcomesSettings,
  ...stackSettings,
};

/** The parameters of a deployment: every setting but the stage, which the framework itself knows. */
export const parameters: ReadonlyMap<string, Setting<unknown>> = new Map(
  Object.entries(settings).filter(([name]) => name !== 'stage'),
);

/** An object is a reference to a resource of the template. */
type ParameterValue = string | number | boolean | object;
export type ParameterValues = Readonly<Record<string, ParameterValue>>;

/** The value of one parameter, or its default; `undefined` if it is faulty, has no value, or is set by the stack. */
export function readParameter<T>(setting: Setting<T>, value: ParameterValue | undefined): T | undefined {
  const text = value ?? setting.default;
  if (text === undefined || typeof text === 'object') return undefined;
  const reading = setting.read(String(text));
  return 'value' in reading ? reading.value : undefined;
}

/** Parameters that only the local stack changes, and what a deployment does instead. */
const localOnly = new Map([
  ['openIntake', 'configure API keys with apiKeys'],
  ['openReports', 'configure a secret with reportSecret'],
  ['sweepSpeed', 'remove it, because the ticks of a deployment come when its schedule says'],
]);

/** The faults of a deployment's parameters, one a line. The framework itself accepts any name and any value. */
export function faultsOfParameters(stage: string, values: ParameterValues): string[] {
  if (stage === 'local') return ['--stage local is the local stack of `npm start`: choose another stage to deploy.'];
  return [
    ...Object.entries(values).flatMap(([name, value]) => faultsOfParameter(name, value)),
    ...faultsOfDelivery(values, (name) => name),
    ...faultsOfBatches(values, (name) => name),
    ...faultsOfSubscribers(values),
  ];
}

function faultsOfParameter(name: string, value: ParameterValue): string[] {
  const parameter = parameters.get(name);
  if (parameter === undefined) return [`There is no parameter ${name}: ${suggestion(name)}`];
  if (typeof value === 'object') return [];
  const text = String(value);
  const instead = localOnly.get(name);
  if (instead !== undefined && text !== parameter.default) return [`${name} is for the local stack: ${instead}`];
  const reading = parameter.read(text);
  return 'value' in reading ? [] : reading.faults.map((fault) => `${name}: ${fault}`);
}

function suggestion(name: string): string {
  const names = [...parameters.keys()];
  const [lowerName, lowerNames] = [name.toLowerCase(), names.map((known) => known.toLowerCase())];
  const candidate = closest(lowerName, lowerNames);
  // A misspelling changes a third of the characters at most.
  return distance(lowerName, candidate) <= name.length / 3
    ? `did you mean ${String(names[lowerNames.indexOf(candidate)])}?`
    : 'docs/configuration.md lists the parameters';
}
