import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Dimensions } from '../../shared/aws/metrics.ts';
import { decodeForm } from '../../shared/push/form.ts';
import type { Registry } from '../../shared/registry/registry.ts';
import type { Log } from '../../shared/log.ts';
import { registerDevice } from './report.ts';
import { isSigned, type Signing } from './signature.ts';

export interface DevicesDependencies {
  readonly registry: Registry;
  readonly signing: Signing;
  readonly devicesPerAccount: number;
  readonly deviceDays: number;
  readonly dimensions: Dimensions;
  readonly now: () => number;
  readonly log: Log;
}

/** Creates the handler of reports. */
export function createDevices(dependencies: DevicesDependencies) {
  const { registry, signing } = dependencies;
  return async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
    const fields = decodeForm(Buffer.from(event.rawQueryString));
    const values = new Map(fields.flatMap((field) => ('value' in field ? [[field.name, field.value] as const] : [])));
    const [account, deviceToken, appId, selector] = ['account', 'token', 'appId', 'selector'].map((name) =>
      values.get(name),
    );
    if (!account || !deviceToken || !appId || !selector) return { statusCode: 400 };
    if (!isSigned(account, values.get('sig'), signing)) return { statusCode: 401 };
    await registerDevice(
      { account, deviceToken, appId, selector },
      event.requestContext.timeEpoch,
      registry,
      dependencies,
    );
    return { statusCode: 200 };
  };
}
