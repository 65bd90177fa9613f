import {
  acceptSettings,
  deliverSettings,
  devicesSettings,
  localSettings,
  localTickMinutes,
  mappingSettings,
  outcomesSettings,
  stackSettings,
  sweepSettings,
} from '../../shared/settings.ts';
import { variableOf, type Settings } from '../../shared/environment.ts';

/** The settings that docs/configuration.md lists as parameters, by heading. */
const parameterTables: Readonly<Record<string, Settings>> = {
  'Intake (`accept`)': acceptSettings,
  'Delivery (`deliver`)': deliverSettings,
  'Batches and instances of `deliver`': mappingSettings,
  'Sweeps (`sweep`)': { tickMinutes: sweepSettings.tickMinutes },
  'Registry (`devices`)': devicesSettings,
  'Subscribers and encryption of the topic `outcomes`': outcomesSettings,
  'API, logs, alarms and dashboards': stackSettings,
};

/** The default depends on another setting. */
const localTicks = {
  ...sweepSettings.tickMinutes,
  default: String(localTickMinutes(1)),
  meaning: 'minutes between two ticks; with a `SWEEP_SPEED`, by default the most that pass within a minute',
};

/** The settings that the local stack reads from its environment. */
export const localStackSettings: Settings = {
  ...localSettings,
  ...acceptSettings,
  ...deliverSettings,
  ...devicesSettings,
  ...sweepSettings,
  ...mappingSettings,
};

/** Replaces the tables of docs/configuration.md with those of the declared settings. */
export function withTables(page: string, gatewayUrl: string): string {
  const valueOf = (text: string) => (text === '' ? 'none' : `\`${text}\``);
  const parameters = Object.entries(parameterTables)
    .map(([heading, settings]) => {
      const rows = documented(settings).map(([name, setting, meaning]) => {
        return [`\`${name}\``, valueOf(setting.default ?? gatewayUrl), setting.expected, meaning];
      });
      return `### ${heading}\n\n${table(['parameter', 'default', 'value', 'meaning'], rows)}`;
    })
    .join('\n\n');
  const variables = documented({ ...localStackSettings, tickMinutes: localTicks }).map(([name, setting, meaning]) => {
    return [
      `\`${variableOf(name, setting)}\``,
      setting.default === undefined ? 'the sandbox' : valueOf(setting.default),
      meaning,
    ];
  });
  return replaced(
    replaced(page, 'parameters', parameters),
    'variables',
    table(['variable', 'default', 'meaning'], variables),
  );
}

/** The settings that have a meaning: serverless.yml itself sets the others. */
function documented(settings: Settings) {
  return Object.entries(settings).flatMap(([name, setting]) => {
    return setting.meaning === undefined ? [] : [[name, setting, setting.meaning] as const];
  });
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function replaced(page: string, name: string, text: string): string {
  const [start, end] = [`<!-- ${name}: generated from shared/settings.ts -->`, `<!-- end of ${name} -->`];
  const [before, rest] = page.split(start);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`docs/configuration.md has no section ${name}`);
  return `${before}${start}\n\n${text}\n\n${end}${after}`;
}
