import { html } from 'htm/preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { call } from '../call.ts';

export interface AddPhoneOptions {
  /** Those that have a phone. */
  readonly accounts: readonly (string | undefined)[];
  readonly onAdded: (account: string) => void;
}

const names = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi', 'ivan', 'judy'];

/** The form for a phone that reports its token to the registry. The sandbox makes up what is left empty. */
export function AddPhone({ accounts, onAdded }: AddPhoneOptions) {
  const [suggested] = useState(() => names.find((name) => !accounts.includes(name)) ?? 'alice');
  const [isBusy, setBusy] = useState(false);
  const [fault, setFault] = useState('');
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => {
    first.current?.select();
  }, []);
  const add = async (form: HTMLFormElement) => {
    const filled = [...new FormData(form)].filter(([, value]) => value !== '');
    const values: Partial<Record<string, unknown>> = Object.fromEntries(filled);
    setBusy(true);
    const problem = await call('POST', '/phones', values);
    setBusy(false);
    setFault(problem ?? '');
    if (problem === undefined) onAdded(String(values['account']));
  };
  return html`
    <form
      class="card add-phone"
      aria-label="Add a phone"
      onSubmit=${(event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
        event.preventDefault();
        void add(event.currentTarget);
      }}
    >
      <label
        >Account <input name="account" required maxlength="256" defaultValue=${suggested} ref=${first} dir="auto"
      /></label>
      <label>Selector <input name="selector" placeholder="made up" /></label>
      <label>AppId <input name="appId" placeholder="com.example.softphone" /></label>
      <label>DeviceToken <input name="deviceToken" placeholder="made up" /></label>
      <p class="row">
        <button class="primary" disabled=${isBusy}>Report and add</button>
        <span class="quiet">The registry's answer is shown under the phone.</span>
      </p>
      ${fault !== '' && html`<p class="fault" role="alert">${fault}</p>`}
    </form>
  `;
}
