export type ExamplePush = Readonly<Record<string, string>>;

const softphone = 'com.example.softphone';
const desk = 'com.example.desk';

/** Pushes of different kinds, two of which the gateway refuses. */
export const examplePushes: readonly ExamplePush[] = [
  text(softphone, 'LA7U+xm7MqZCVqFPhf4Dz2sILOJ9iVGh', 'Your parcel is at the front desk.'),
  text(softphone, 'QVBBOTFiSEQ0KX05PclRXZXlRdTVaNUJX', 'Missed call from +420 226 539 113'),
  { verb: 'NotifyTextMessage', AppId: softphone, DeviceToken: 'tG7Rk0a2Vw4PqX', Selector: 'C203056764290202:1DA7349B' },
  text(desk, 'kH2bZ9mQ1cVt7Y', 'Dobrý den, schůzka je v 10.30.'),
  { verb: 'NotifyReprovision', AppId: desk, DeviceToken: 'kH2bZ9mQ1cVt7Y' },
  text(softphone, 'tG7Rk0a2Vw4PqX', 'مرحبا، الاجتماع الساعة ٣'),
  text(desk, 'wN5sE8uJ3xLd6R', 'The office closes at 4 pm today.'),
  text(softphone, 'unregistered', 'This phone has lost the app.'),
  text(desk, 'fail-400', 'The gateway refuses this one.'),
  text(softphone, 'fail-503-2', 'Third time lucky'),
];

function text(AppId: string, DeviceToken: string, Message: string): ExamplePush {
  return { verb: 'NotifyGenericTextMessage', AppId, DeviceToken, Message };
}

/** A list of devices for a sweep. */
export function exampleLines(devices: number): string {
  const rows = Array.from({ length: devices }, (_, index) => `${softphone},token-${String(index)}`);
  return ['AppId,DeviceToken', ...rows].join('\n');
}
