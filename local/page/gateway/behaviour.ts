import { html } from 'htm/preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { BehaviourChange, ShownBehaviour, StackInfo, TokenWord } from '../../sandbox/api.ts';
import { call } from '../call.ts';
import type { LiveState } from '../live.ts';
import { sendTo } from '../send/send-to.ts';
import { ToControl } from '../to-control.ts';
import { useNow } from '../words.ts';

/** How the gateway behaves, for the header. */
export function GatewayState({ live: { isConnected, stack, behaviour } }: { live: LiveState }) {
  // What the page knew before the stack ended says nothing of now.
  if (!isConnected || stack === undefined || behaviour === undefined) return undefined;
  if (!stack.isSandboxed) {
    return html`
      <p class="gateway-state">
        <${ToControl} id="gateway-title">Gateway <span class="badge">${new URL(stack.gatewayUrl).host}</span><//>
      </p>
    `;
  }
  const isWell = behaviour.words === 'well';
  const state = isAbsent(behaviour) ? 'away' : isWell ? 'well' : 'unwell';
  return html`
    <p class="gateway-state">
      <${ToControl} id="gateway-title"> Gateway <span class="badge" data-gateway=${state}>${behaviour.words}</span> <//>
      ${behaviour.awayUntil !== undefined && html`<${TimeLeft} until=${behaviour.awayUntil} />`}
    </p>
  `;
}

/** Switches how the gateway behaves. */
export function GatewayCard({ live: { stack, behaviour } }: { live: LiveState }) {
  return html`
    <section class="card gateway" aria-labelledby="gateway-title">
      ${
        stack === undefined || behaviour === undefined
          ? html`<h2 id="gateway-title" tabindex="-1">Gateway</h2>`
          : stack.isSandboxed
            ? html`<${Controls} behaviour=${behaviour} />`
            : html`<h2 id="gateway-title" tabindex="-1">Gateway</h2>
                <${OtherGateway} stack=${stack} />`
      }
    </section>
  `;
}

function OtherGateway({ stack }: { stack: StackInfo }) {
  return html`
    <p>
      The relay posts to <code>${stack.gatewayUrl}</code>, as <code>PNM2_URL</code> says. To have a gateway that you can
      switch here, start without it.
    </p>
  `;
}

function Controls({ behaviour }: { behaviour: ShownBehaviour }) {
  const [fault, setFault] = useState<string>();
  /** What was entered wrongly goes with a reset. */
  const [resets, setResets] = useState(0);
  const change = async (what: BehaviourChange): Promise<boolean> => {
    const problem = await call('PUT', '/behaviour', what);
    setFault(problem);
    return problem === undefined;
  };
  const { slowMs, failure, pushesPerSecond } = behaviour;
  return html`
    <div class="row">
      <h2 id="gateway-title" tabindex="-1">Gateway</h2>
      <button
        class="reset"
        onClick=${() => {
          void call('DELETE', '/behaviour').then(setFault);
          setResets((before) => before + 1);
        }}
      >
        Reset
      </button>
    </div>
    <p role="status" class="visually-hidden">Gateway: ${behaviour.words}.</p>
    <${Outage} key=${`outage ${String(resets)}`} behaviour=${behaviour} change=${change} />
    <${Switch}
      key=${`slow ${String(resets)}`}
      label="Slow"
      fields=${[{ label: 'Milliseconds', first: 1000, min: 1, max: 600_000, unit: 'ms' }]}
      values=${slowMs === 0 ? undefined : [slowMs]}
      change=${([ms = 0]: number[]) => change({ slowMs: ms })}
    />
    <${Switch}
      key=${`errors ${String(resets)}`}
      label="Errors"
      fields=${[
        { label: 'Status', first: 500, min: 400, max: 599, unit: 'for' },
        { label: 'Percent of the pushes', first: 30, min: 1, max: 100, unit: '%' },
      ]}
      values=${failure === null ? undefined : [failure.status, failure.percent]}
      change=${([status = 0, percent = 0]: number[]) => change({ failure: percent === 0 ? null : { status, percent } })}
    />
    <${Switch}
      key=${`limit ${String(resets)}`}
      label="Limit"
      fields=${[{ label: 'Pushes a second', first: 5, min: 1, max: 1000, unit: '/s, then 429' }]}
      values=${pushesPerSecond === null ? undefined : [pushesPerSecond]}
      change=${([pushes]: number[]) => change({ pushesPerSecond: pushes ?? null })}
    />
    ${behaviour.fault !== undefined && html`<p class="fault">${behaviour.fault}</p>`}
    ${fault !== undefined && html`<p class="fault" role="alert">${fault}</p>`}
    <${TokenWords} />
  `;
}

interface OutageOptions {
  readonly behaviour: ShownBehaviour;
  readonly change: (what: BehaviourChange) => Promise<boolean>;
}

function Outage({ behaviour, change }: OutageOptions) {
  const { away, awayUntil } = behaviour;
  const [seconds, setSeconds] = useState('60');
  const [fault, setFault] = useState<string>();
  const input = useRef<HTMLInputElement>(null);
  const submit = () => {
    const wrong = input.current?.validity.valid === false ? input.current : undefined;
    setFault(wrong && 'Seconds of the outage: a whole number from 1 to 86400, or nothing.');
    if (wrong) wrong.focus();
    else void change(away ? { away: false } : { away: true, ...(seconds !== '' && { awaySeconds: Number(seconds) }) });
  };
  return html`
    <form
      class="outage"
      novalidate
      onSubmit=${(event: SubmitEvent) => {
        event.preventDefault();
        submit();
      }}
    >
      <button class=${away ? 'primary' : ''}>${away ? 'End the outage' : 'Start an outage'}</button>
      ${
        away
          ? html`<span
              >${awayUntil === undefined ? 'until you end it' : html`<${TimeLeft} until=${awayUntil} /> left`}</span
            >`
          : html`
              <label class="row">
                of
                <input
                  type="number"
                  aria-label="Seconds of the outage"
                  aria-describedby=${fault === undefined ? 'outage-words' : 'outage-fault outage-words'}
                  aria-invalid=${fault !== undefined}
                  ref=${input}
                  min="1"
                  max="86400"
                  placeholder="no end"
                  value=${seconds}
                  onInput=${(event: InputEvent & { currentTarget: HTMLInputElement }) => {
                    setSeconds(event.currentTarget.value);
                    setFault(undefined);
                  }}
                />
                s
              </label>
            `
      }
      ${fault !== undefined && html`<p class="fault" id="outage-fault" role="alert">${fault}</p>`}
      <p class="quiet" id="outage-words">
        ${away ? 'Connections are refused.' : 'Connections are refused. Without a number, until you end it.'}
      </p>
    </form>
  `;
}

interface NumberField {
  readonly label: string;
  readonly first: number;
  readonly min: number;
  readonly max: number;
  /** What stands behind the number. */
  readonly unit: string;
}

interface SwitchOptions {
  readonly label: string;
  readonly fields: readonly NumberField[];
  /** Those that hold now. Absent: it is off. */
  readonly values: readonly number[] | undefined;
  /** @param values none: off. */
  readonly change: (values: readonly number[]) => Promise<boolean>;
}

/** One way to misbehave: on or off, with its numbers, which hold as soon as they are entered. */
function Switch({ label, fields, values, change }: SwitchOptions) {
  const isOn = values !== undefined;
  /** What was entered and does not hold yet. */
  const [draft, setDraft] = useState<readonly string[]>();
  const [wanted, setWanted] = useState<boolean>();
  const [wrong, setWrong] = useState<readonly NumberField[]>([]);
  const fieldset = useRef<HTMLFieldSetElement>(null);
  const held = useRef(fields.map(({ first }) => String(first)));
  if (values !== undefined) held.current = values.map(String);
  const texts = draft ?? held.current;
  const isWrong = ({ label: name }: NumberField) => wrong.some((field) => field.label === name);
  const holding = values?.join();
  const faultsId = `${label}-faults`;
  useEffect(() => {
    setWanted(undefined);
    // Somebody may still be typing when the number before comes back.
    const isTyping = fieldset.current?.contains(document.activeElement) === true && draft?.join() !== holding;
    if (holding !== undefined && !isTyping) setDraft(undefined);
  }, [holding]);

  const apply = async (isToBeOn: boolean) => {
    const found = isToBeOn ? fields.filter(({ min, max }, index) => !isWhole(texts[index] ?? '', min, max)) : [];
    setWrong(found);
    if (found.length > 0) {
      setWanted(undefined);
      return;
    }
    setWanted(isToBeOn);
    if (!(await change(isToBeOn ? texts.map(Number) : []))) setWanted(undefined);
  };
  return html`
    <fieldset class="switch" ref=${fieldset}>
      <legend class="visually-hidden">${label}</legend>
      <label class="row">
        <input
          type="checkbox"
          checked=${wanted ?? isOn}
          onChange=${(event: Event & { currentTarget: HTMLInputElement }) => {
            void apply(event.currentTarget.checked);
          }}
        />
        ${label}
      </label>
      <span class="row">
        ${fields.map(
          (field, index) => html`
            <input
              type="number"
              aria-label=${field.label}
              aria-describedby=${isWrong(field) ? faultsId : undefined}
              aria-invalid=${isWrong(field)}
              min=${field.min}
              max=${field.max}
              value=${texts[index]}
              onInput=${(event: InputEvent & { currentTarget: HTMLInputElement }) => {
                setDraft(texts.with(index, event.currentTarget.value));
                setWrong(wrong.filter(({ label: name }) => name !== field.label));
              }}
              onChange=${() => {
                if (wanted ?? isOn) void apply(true);
              }}
            />
            <span>${field.unit}</span>
          `,
        )}
      </span>
      ${
        wrong.length > 0 &&
        html`
          <div class="fault" id=${faultsId} role="alert">
            ${wrong.map(({ label: name, min, max }) => html`<p key=${name}>${name}: a whole number from ${min} to ${max}.</p>`)}
          </div>
        `
      }
    </fieldset>
  `;
}

function isWhole(text: string, min: number, max: number): boolean {
  const number = Number(text);
  return text !== '' && Number.isInteger(number) && number >= min && number <= max;
}

function TokenWords() {
  const [words, setWords] = useState<readonly TokenWord[]>([]);
  useEffect(() => {
    void fetch('/token-words')
      .then((answer) => answer.json() as Promise<TokenWord[]>)
      .then(setWords, () => undefined);
  }, []);
  return html`
    <details>
      <summary>Tokens that choose the answer</summary>
      <dl>
        ${words.map(
          ({ token, example, answer }) => html`
            <dt>
              <button
                aria-label=${`${token}: send a push to ${example}`}
                onClick=${() => {
                  sendTo({ DeviceToken: example });
                }}
              >
                <code>${token}</code>
              </button>
            </dt>
            <dd>${answer}</dd>
          `,
        )}
      </dl>
    </details>
  `;
}

function TimeLeft({ until }: { until: string }) {
  const nowMs = useNow(true);
  const seconds = Math.max(0, Math.ceil((Date.parse(until) - nowMs) / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const parts = hours > 0 ? [hours, twoDigits(minutes)] : [minutes];
  return html`<span class="time-left">${[...parts, twoDigits(seconds % 60)].join(':')}</span>`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}

/** Whether it refuses connections. */
function isAbsent({ away, fault }: ShownBehaviour): boolean {
  return away || fault !== undefined;
}
