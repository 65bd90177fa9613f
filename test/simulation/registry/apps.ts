import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { choose } from '../../support/random.ts';
import { kinds, type History } from '../history.ts';
import type { Chance } from '../kernel/chance.ts';
import type { Scheduler } from '../kernel/scheduler.ts';
import { apiAnswerOf } from '../models/api.ts';
import type { LambdaFunction } from '../models/function.ts';
import { second } from '../scenario.ts';
import type { AppMix } from './app-mix.ts';
import { encodeRequest, eventOfRequest, firstRequest, results, type AppRequest } from './app-request.ts';
import type { RegistryPlan } from './registry-plan.ts';

export interface AppsOptions {
  readonly plan: RegistryPlan;
  readonly mix: AppMix;
  /** Apps act until then. */
  readonly endMs: number;
  readonly epochMs: number;
  readonly scheduler: Scheduler;
  readonly history: History;
  readonly chanceFor: (concern: string) => Chance;
}

/** The function `devices`, as the API knows it. */
type ReportFunction = Pick<LambdaFunction<APIGatewayProxyEventV2>, 'invoke'>;

export interface Apps {
  /** Whether the gateway calls a device unregistered at present. */
  readonly isDead: (device: number) => boolean;
  /** Tells that the gateway got a push for a device: some users then start the app, or have it again. */
  readonly onAttempt: (device: number, isTaken: boolean) => void;
  readonly start: (devices: ReportFunction) => void;
  readonly haveEnded: () => boolean;
  /** A request that is under way. */
  readonly requestOf: (number: number) => AppRequest | undefined;
}

/** The API gives a request up after 30 s. */
const latestMs = 20 * second;

/** What becomes of a device; `steady`: it stays. */
type Way = Exclude<keyof AppMix, 'late' | 'hasty'> | 'steady';

interface App {
  readonly device: number;
  readonly chance: Chance;
  readonly way: Way;
  readonly startEveryMs: number;
  account: number;
  /** Another account in the same app. */
  readonly other: number | undefined;
  version: number;
  /** Whether the gateway knows it. */
  isAlive: boolean;
  /** Whether it has an account that it reports. */
  isReporting: boolean;
}

/** Creates the devices of a run with their apps. */
export function createApps(options: AppsOptions): Apps {
  const { plan, mix, endMs, epochMs, scheduler, history, chanceFor } = options;
  const { after } = scheduler;
  const network = chanceFor('network of apps');
  const underWay = new Map<number, AppRequest>();
  const apps = Array.from({ length: plan.devices }, (_none, device): App => {
    const chance = chanceFor(`app of device ${String(device)}`);
    const way = wayOf(mix, chance.next());
    const isEager = chance.hits(0.2);
    const other = chance.hits(0.15) ? chance.below(plan.accounts) : undefined;
    return {
      ...{ device, chance, way, account: plan.accountOf(device), other, version: 0 },
      ...{ isAlive: true, isReporting: false },
      startEveryMs: endMs / (isEager ? 25 : 5),
    };
  });
  let functionOfDevices: ReportFunction | undefined;
  let requests = 0;

  /** Sends a request. It is under way until the app has an answer, or knows that none comes. */
  const send = (app: App, kind: AppRequest['kind'], onFailure: () => void, account = app.account) => {
    const { device, version } = app;
    const request = { number: firstRequest + requests, kind, device, account, version };
    requests += 1;
    underWay.set(request.number, request);
    after(network.between(20, 100), () => {
      const atMs = Math.floor(scheduler.now());
      history.record(kinds.requested, request.number, device, account, encodeRequest(request));
      const isLate = network.hits(mix.late);
      after(isLate ? network.between(second, latestMs) : network.between(1, 10), () => {
        functionOfDevices?.invoke(eventOfRequest(request, plan, epochMs + atMs), request.number, (ending) => {
          const { status, body } = apiAnswerOf(ending);
          const result = results.findIndex((one) => one === body.result);
          history.record(kinds.replied, request.number, result, status);
          underWay.delete(request.number);
          if (status !== 200) onFailure();
        });
      });
    });
  };
  const isOver = () => scheduler.now() >= endMs;
  const report = (app: App, account = app.account) => {
    if (!app.isReporting || isOver()) return;
    const onFailure = () => {
      // Most apps report again at their next start only.
      if (app.chance.hits(0.5)) {
        after(app.chance.between(20, 60) * second, () => {
          report(app);
        });
      }
    };
    send(app, 'report', onFailure, account);
  };
  const remove = (app: App) => {
    const kind = app.chance.hits(0.3) ? 'removal by selector' : 'removal';
    send(app, kind, () => undefined);
  };

  const startApp = (app: App) => {
    const { chance } = app;
    if (!app.isReporting) return;
    if (chance.hits(0.15)) app.version += 1;
    report(app);
    if (app.other !== undefined) report(app, app.other);
    if (chance.hits(0.15)) {
      after(chance.hits(0.5) ? 0 : chance.between(0, 3000), () => {
        // It was updated.
        if (chance.hits(0.3)) app.version += 1;
        report(app);
      });
    }
    if (chance.hits(0.03)) send(app, 'forged report', () => undefined);
  };
  /** The app starts now, and then again and again. */
  const keepStarting = (app: App) => {
    if (isOver()) return;
    startApp(app);
    after(app.startEveryMs * app.chance.between(0.5, 1.5), () => {
      keepStarting(app);
    });
  };
  const die = (app: App) => {
    app.isAlive = false;
    app.isReporting = false;
    history.record(kinds.deviceDied, app.device);
  };
  const comeBack = (app: App) => {
    if (!app.isAlive) history.record(kinds.deviceCameBack, app.device);
    app.isAlive = true;
    app.isReporting = true;
    after(app.chance.between(0, 2) * second, () => {
      startApp(app);
    });
  };
  /** Comes back at once, so that the registry must be written. */
  const comeBackChanged = (app: App) => {
    if (!app.isAlive) history.record(kinds.deviceCameBack, app.device);
    app.isAlive = true;
    app.isReporting = true;
    app.version += 1;
    report(app);
  };
  /** A part of the run, in milliseconds. */
  const partOf = ({ chance }: App, least: number, most: number) => endMs * chance.between(least, most);

  /** Plans what happens to a device besides starts of its app. */
  const planLife = (app: App) => {
    const { way, chance } = app;
    const at = (moment: number, event: () => void) => {
      scheduler.at(moment, event);
    };
    switch (way) {
      case 'dead':
        at(partOf(app, 0.15, 0.5), () => {
          die(app);
        });
        return;
      case 'reborn':
        for (const part of [0.15, 0.4, 0.65]) {
          at(partOf(app, part, part + 0.05), () => {
            die(app);
            after(partOf(app, 0.02, 0.15), () => {
              comeBack(app);
            });
          });
        }
        return;
      case 'moved':
        at(partOf(app, 0.2, 0.8), () => {
          // An app without a Removal Reporter says nothing to the account that it leaves.
          if (chance.hits(0.7)) remove(app);
          app.account = chance.below(plan.accounts);
          // Its reports have no order.
          startApp(app);
        });
        return;
      case 'removed':
        for (const part of [0.2, 0.5]) {
          at(partOf(app, part, part + 0.2), () => {
            if (!app.isReporting) return;
            if (chance.hits(0.7)) startApp(app);
            after(chance.between(0, 10) * second, () => {
              remove(app);
              app.isReporting = false;
              if (mix.hasty > 0 && chance.hits(mix.hasty)) {
                after(chance.between(0, 3) * second, () => {
                  comeBackChanged(app);
                });
              }
            });
            if (chance.hits(0.5)) {
              after(chance.hits(0.5) ? 10 * second + partOf(app, 0, 0.1) : chance.between(10, 15) * second, () => {
                comeBack(app);
              });
            }
          });
        }
        return;
      case 'steady':
        return;
      default:
        way satisfies never;
    }
  };

  return {
    isDead: (device) => apps[device]?.isAlive === false,
    requestOf: (number) => underWay.get(number),
    haveEnded: () => isOver() && underWay.size === 0,
    onAttempt(device, isTaken) {
      const app = apps[device];
      if (app === undefined || isOver()) return;
      const { chance } = app;
      if (isTaken && chance.hits(0.1)) {
        after(chance.between(0, 20) * second, () => {
          startApp(app);
        });
      }
      if (!app.isAlive && app.way === 'reborn' && mix.hasty > 0 && chance.hits(mix.hasty)) {
        after(chance.between(0, 1.5) * second, () => {
          if (chance.hits(0.3)) remove(app);
          else comeBackChanged(app);
        });
      } else if (!app.isAlive && app.way === 'reborn' && chance.hits(0.3)) {
        after(chance.between(0, 90) * second, () => {
          comeBack(app);
        });
      }
    },
    start(devices) {
      functionOfDevices = devices;
      for (const app of apps) {
        after(partOf(app, 0, 0.1), () => {
          app.isReporting = true;
          keepStarting(app);
        });
        planLife(app);
      }
    },
  };
}

/** What becomes of a device, by a number from 0 to 1. */
function wayOf({ dead, reborn, moved, removed }: AppMix, chance: number): Way {
  return choose({ dead, reborn, moved, removed, steady: 1 - dead - reborn - moved - removed }, chance);
}
