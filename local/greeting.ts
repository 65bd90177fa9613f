export interface Addresses {
  readonly pushUrl: string;
  readonly sandboxUrl: string;
  readonly awsUrl: string;
  readonly buckets: readonly string[];
  readonly gatewayUrl: string;
  /** The number of API keys. Without one, the intake is open. */
  readonly keys: number;
}

/** What is printed when the local stack is up: where everything is, and the document's two examples to paste. */
export function greeting({ pushUrl, sandboxUrl, awsUrl, buckets, gatewayUrl, keys }: Addresses): string {
  return `
pnm2-relay on this machine

  intake    ${pushUrl} (${keys === 0 ? 'open: API_KEYS is not set' : `${String(keys)} ${keys === 1 ? 'key' : 'keys'}`})
  gateway   ${gatewayUrl}
  sandbox   ${sandboxUrl}/pnm2 (GET ${sandboxUrl}/pushes shows what it received)
  SQS       ${awsUrl}
  S3        ${awsUrl} (bucket ${buckets.join(', ')})

The two examples of the gateway's document${keys === 0 ? '' : ', to each of which --header "X-Api-Key: KEY" must be added'}:

wget ${pushUrl} --post-data="verb=NotifyGenericTextMessage&Message=Hello%20World&DeviceToken=QVBBOTFiSEQ0KX05PclRXZXlRdTVaNUJXT3BZVmpBMmxR&AppId=cz.acrobits.softphone.cloudphone" -O -

wget ${pushUrl} --post-data="verb=NotifyTextMessage&DeviceToken=LA7U4xm7MqZCVqFPhf4Dz2sILOJ9iVGh0eeTBOyKDRs=&Selector=C203056764290202B7DA6F61B98671616469AEDB:1DA7349B&AppId=com.cloudsoftphone.app" -O -

ready: each push gets a line here, Ctrl-C ends everything`;
}
