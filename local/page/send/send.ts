import { html } from 'htm/preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { StackInfo } from '../../sandbox/api.ts';
import { fragmentOf } from '../address.ts';
import { send, type Answer } from './answer.ts';
import { Copy } from '../copy.ts';
import { Field, type FieldOptions } from '../field.ts';
import { curlOf, fieldsOf, requestOf, wgetOf, type Draft } from './request.ts';
import { onSendTo } from './send-to.ts';

/** What the app does with the verbs of the gateway's document. */
const meanings: Readonly<Record<string, string>> = {
  NotifyTextMessage: 'The app fetches the new messages of the account and shows them.',
  NotifyGenericTextMessage: 'The app shows the text.',
  NotifyReprovision: 'The app reloads its configuration and shows nothing.',
};

const hints: Readonly<Record<string, string>> = {
  AppId: 'The app, such as com.example.softphone.',
  DeviceToken: 'The device. A word such as fail-500-3 chooses what the gateway answers.',
  Selector: 'The account on the device.',
  Message: 'The text that the app shows.',
  Account: 'Each device that its apps have reported gets the push.',
};

/** Parameters that apps know besides those with a field. */
const otherNames = [
  ...['Message', 'Selector', 'Badge', 'Sound', 'UserName', 'UserDisplayName', 'ContentType', 'Id', 'ThreadId'],
];

const emptyDraft: Draft = {
  ...{ verb: 'NotifyGenericTextMessage', to: 'device', values: {}, others: [], format: 'form' },
  ...{ ttl: '', idempotencyKey: '', apiKey: '' },
};

/** The form that sends a push through the intake. */
export function Send({ stack }: { stack: StackInfo }) {
  const [draft, setDraft] = useState(emptyDraft);
  const [answer, setAnswer] = useState<Answer>();
  const [refusals, setRefusals] = useState(0);
  const [isBusy, setBusy] = useState(false);
  const [isMoreOpen, setMoreOpen] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const add = useRef<HTMLButtonElement>(null);
  const request = requestOf(draft, stack);
  const fields = fieldsOf(draft, stack);
  const faults = answer?.kind === 'refused' ? answer.byField : new Map<string, readonly string[]>();

  useEffect(
    () =>
      onSendTo((values) => {
        const to = values['Account'] === undefined ? 'device' : 'account';
        setDraft((before) => ({ ...before, to, values: { ...before.values, ...values } }));
        form.current?.querySelector<HTMLElement>('[name=verb]')?.focus();
      }),
    [],
  );
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus();
  }, [refusals]);

  /** @param field whose faults no longer hold. */
  const change = (field: string, part: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...part }));
    if (!faults.has(field)) return;
    setAnswer({ kind: 'refused', others: [], byField: new Map([...faults].filter(([name]) => name !== field)) });
  };
  const fill = (parameters: StackInfo['examples'][number]) => {
    const { verb = '', ...values } = Object.fromEntries(parameters);
    setDraft((before) => ({ ...emptyDraft, apiKey: before.apiKey, verb, values }));
    setAnswer(undefined);
  };
  const submit = async () => {
    if (isBusy) return;
    setBusy(true);
    const answered = await send(request, draft, stack);
    setBusy(false);
    setAnswer(answered);
    if (answered.kind === 'accepted') return;
    const inMore = [...answered.byField.keys()].some((name) => /^(row |TTL$|Idempotency-Key$)/.test(name));
    if (inMore) setMoreOpen(true);
    setRefusals((before) => before + 1);
  };

  const field = (
    name: string,
    value: string,
    set: (value: string) => Partial<Draft>,
    more: Partial<FieldOptions> = {},
  ) =>
    html`<${Field}
      key=${name}
      name=${name}
      label=${name}
      hint=${hints[name]}
      value=${value}
      faults=${faults.get(name)}
      onInput=${(text: string) => {
        change(name, set(text));
      }}
      ...${more}
    />`;
  const parameter = (name: string) =>
    field(name, draft.values[name] ?? '', (value) => ({ values: { ...draft.values, [name]: value } }), {
      isText: name === 'Message',
    });
  const setOther = (row: number, part: { name?: string; value?: string }) => ({
    others: draft.others.map((other) => (other.row === row ? { ...other, ...part } : other)),
  });

  return html`
    <form
      class="card send"
      aria-labelledby="send-title"
      novalidate
      ref=${form}
      onSubmit=${(event: Event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <div class="row">
        <h2 id="send-title" tabindex="-1">Send</h2>
        <span class="row" role="group" aria-label="Fill in an example of the gateway's document">
          <span class="quiet" aria-hidden="true">Fill in</span>
          ${stack.examples.map(
            (example) =>
              html`<button
                type="button"
                class="small"
                onClick=${() => {
                  fill(example);
                }}
              >
                ${exampleWords(example)}
              </button>`,
          )}
        </span>
      </div>
      <${Field}
        name="verb"
        label="Verb"
        hint=${meanings[draft.verb] ?? 'A verb of EXTRA_VERBS.'}
        value=${draft.verb}
        faults=${faults.get('verb')}
        choices=${stack.verbs.map(({ name }) => name)}
        onInput=${(verb: string) => {
          change('verb', { verb });
        }}
      />
      <fieldset class="row">
        <legend>To</legend>
        ${(['device', 'account'] as const).map(
          (to) =>
            html`<label class="choice">
              <input
                type="radio"
                name="to"
                checked=${draft.to === to}
                onChange=${() => {
                  setDraft((before) => ({ ...before, to }));
                  setAnswer(undefined);
                }}
              />
              ${to === 'device' ? 'a device' : 'an account'}
            </label>`,
        )}
      </fieldset>
      ${fields.map(parameter)}
      ${
        stack.requiresKey &&
        field('X-Api-Key', draft.apiKey, (apiKey) => ({ apiKey }), {
          label: 'API key',
          hint: 'The key that npm run key has printed once. API_KEYS has only its digest.',
        })
      }
      <details
        open=${isMoreOpen}
        onToggle=${({ currentTarget }: { currentTarget: HTMLDetailsElement }) => {
          setMoreOpen(currentTarget.open);
        }}
      >
        <summary>More</summary>
        <div class="more">
          ${field('TTL', draft.ttl, (ttl) => ({ ttl }), {
            hint: 'For how many seconds it is tried. Empty: as long as the deployment tries.',
          })}
          ${field('Idempotency-Key', draft.idempotencyKey, (idempotencyKey) => ({ idempotencyKey }), {
            hint: 'Sent again with the same key, the request gets its first answer, and no second push is sent.',
          })}
          <${Field}
            name="format"
            label="Body"
            value=${draft.format}
            choices=${['form', 'json']}
            onInput=${(format: string) => {
              change('', { format: format === 'json' ? 'json' : 'form' });
            }}
          />
          <fieldset>
            <legend>Other parameters</legend>
            ${draft.others.map(
              ({ row, name, value }) => html`
                <div class="other" key=${row}>
                  ${field(`row ${String(row)}`, name, (text) => setOther(row, { name: text }), {
                    ...{ label: 'Name', hint: undefined, list: 'other-names' },
                  })}
                  <${Field}
                    name=${`value ${String(row)}`}
                    label="Value"
                    value=${value}
                    onInput=${(text: string) => {
                      change(`row ${String(row)}`, setOther(row, { value: text }));
                    }}
                  />
                  <button
                    type="button"
                    class="small"
                    onClick=${() => {
                      change(`row ${String(row)}`, { others: draft.others.filter((other) => other.row !== row) });
                      add.current?.focus();
                    }}
                  >
                    Remove<span class="visually-hidden">${` ${name}`}</span>
                  </button>
                </div>
              `,
            )}
            <datalist id="other-names">${otherNames.map((name) => html`<option value=${name} />`)}</datalist>
            <button
              type="button"
              class="small"
              ref=${add}
              onClick=${() => {
                const row = (draft.others.at(-1)?.row ?? 0) + 1;
                change('', { others: [...draft.others, { row, name: '', value: '' }] });
              }}
            >
              Add a parameter
            </button>
          </fieldset>
        </div>
      </details>
      <div class="row">
        <button class="primary" aria-busy=${isBusy}>Send</button>
      </div>
      <div role="status" class="answer">${answer?.kind === 'accepted' && html`<${Accepted} ...${answer} />`}</div>
      ${
        answer?.kind === 'refused' &&
        answer.others.length > 0 &&
        html`<div role="alert" class="fault">${answer.others.map((detail) => html`<p>${detail}</p>`)}</div>`
      }
      <details>
        <summary>As a command</summary>
        <div class="more">
          <${Command} name="curl" text=${curlOf(request, stack.pushUrl)} />
          <${Command} name="wget" text=${wgetOf(request, stack.pushUrl)} />
        </div>
      </details>
    </form>
  `;
}

function exampleWords(parameters: StackInfo['examples'][number]): string {
  const values = new Map(parameters);
  return values.get('Message') ?? 'New message';
}

function Accepted({ ids, isReplayed }: Extract<Answer, { kind: 'accepted' }>) {
  return html`
    <p>${isReplayed ? 'Accepted before, so no push was sent:' : 'Accepted:'}</p>
    <ul>
      ${ids.map((id) => html`<li><a class="mono" href=${fragmentOf({ view: 'pushes', id, filter: '' })}>${id}</a></li>`)}
    </ul>
  `;
}

function Command({ name, text }: { name: string; text: string }) {
  return html`
    <div class="command">
      <div class="row">
        <h3>${name}</h3>
        <${Copy} text=${text} what=${`${name} command`} />
      </div>
      <pre tabindex="0" aria-label=${`The ${name} command`}>${text}</pre>
    </div>
  `;
}
