import { html } from 'htm/preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { StackInfo } from '../../sandbox/api.ts';
import { CommandEnd, useCommand } from '../command.ts';
import { Field } from '../field.ts';
import { countWords, numberWords } from '../words.ts';

/** The windows that can be chosen, in seconds. */
const windows: readonly (readonly [seconds: number, words: string])[] = [
  [0, 'all at once'],
  [10, '10 seconds'],
  [60, '1 minute'],
  [300, '5 minutes'],
  [3600, '1 hour'],
];

/** What sweeps are usually for. */
const usualVerb = 'NotifyReprovision';

/** A list that was dropped or chosen is not shown: it may be large. */
interface ListFile {
  readonly name: string;
  readonly text: string;
}

/** The form that orders a sweep. */
export function OrderSweep({ stack }: { stack: StackInfo | undefined }) {
  const { verbs = [], sweepSpeed: speed = 1 } = stack ?? {};
  const [text, setText] = useState('');
  const [file, setFile] = useState<ListFile>();
  const [verb, setVerb] = useState(usualVerb);
  /** Of the parameters that the verb requires. */
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  /** What is missing, by the field. */
  const [faults, setFaults] = useState<ReadonlyMap<string, string>>(new Map());
  const [refusals, setRefusals] = useState(0);
  const [isOver, setOver] = useState(false);
  const formElement = useRef<HTMLFormElement>(null);
  const command = useCommand();
  const list = file?.text ?? text;
  // The Selector comes from the list.
  const ofVerb = verbs.find(({ name }) => name === verb)?.required ?? [];
  const required = ofVerb.filter((name) => name !== 'Selector');
  useEffect(() => {
    formElement.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
  }, [refusals]);
  const mend = (field: string) => {
    setFaults(new Map([...faults].filter(([name]) => name !== field)));
  };
  const changeList = (changed: string) => {
    setFile(undefined);
    setText(changed);
    mend('list');
  };
  const take = async (given: File | undefined) => {
    if (given === undefined) return;
    setFile({ name: given.name, text: await given.text() });
    mend('list');
  };
  const order = async (form: HTMLFormElement) => {
    const missing = required.filter((name) => (values[name] ?? '').trim() === '');
    const found = new Map(missing.map((name) => [name, `${name} is missing.`]));
    if (list.trim() === '') found.set('list', 'The list is empty: paste a CSV, choose a file, or make up devices.');
    setFaults(found);
    if (found.size > 0) {
      setRefusals((before) => before + 1);
      return;
    }
    const entered = new FormData(form);
    const valueOf = (name: string) => {
      const value = entered.get(name);
      return typeof value === 'string' ? value.trim() : '';
    };
    const seconds = Number(valueOf('window'));
    const parameters = Object.fromEntries(required.map((name) => [name, values[name] ?? '']));
    const isStarted = await command.run('/sweeps', {
      list,
      verb,
      ...(valueOf('name') !== '' && { name: valueOf('name') }),
      ...(required.length > 0 && { parameters }),
      // A minute here is a minute of the person who watches.
      window: seconds === 0 ? 'now' : `${String(seconds * speed)}s`,
    });
    if (!isStarted) return;
    setFile(undefined);
    setText('');
  };
  return html`
    <form
      class="card order-sweep"
      aria-labelledby="order-sweep-title"
      novalidate
      ref=${formElement}
      data-over=${isOver}
      onSubmit=${(event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
        event.preventDefault();
        if (!command.isRunning) void order(event.currentTarget);
      }}
      onDragOver=${(event: DragEvent) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave=${() => {
        setOver(false);
      }}
      onDrop=${(event: DragEvent) => {
        event.preventDefault();
        setOver(false);
        void take(event.dataTransfer?.files[0]);
      }}
    >
      <h2 id="order-sweep-title">Start a sweep</h2>
      ${
        file === undefined
          ? html`
              <label class="list">
                <span>List of devices, as CSV</span>
                <textarea
                  class="mono"
                  rows="5"
                  spellcheck=${false}
                  aria-describedby=${faults.has('list') ? 'list-fault list-hint' : 'list-hint'}
                  aria-invalid=${faults.has('list')}
                  placeholder=${'Paste a CSV here, or drop a file:\nAppId,DeviceToken,Selector\ncom.example.softphone,…'}
                  value=${text}
                  onInput=${({ currentTarget }: { currentTarget: HTMLTextAreaElement }) => {
                    changeList(currentTarget.value);
                  }}
                ></textarea>
              </label>
              ${faults.has('list') && html`<p class="fault" id="list-fault">${faults.get('list')}</p>`}
            `
          : html`
              <p class="row chosen">
                <strong>${file.name}</strong>
                <button
                  type="button"
                  onClick=${() => {
                    setFile(undefined);
                  }}
                >
                  Take another list
                </button>
              </p>
            `
      }
      <div class="row" id="list-hint">
        <label class="file">
          <span class="visually-hidden">List of devices, as a file</span>
          <input
            type="file"
            accept=".csv,.jsonl,.ndjson,.txt,text/csv"
            onChange=${({ currentTarget }: { currentTarget: HTMLInputElement }) => {
              void take(currentTarget.files?.[0]);
              currentTarget.value = '';
            }}
          />
        </label>
        <button
          type="button"
          onClick=${() => {
            changeList(madeUpList(120));
          }}
        >
          Make up 120 devices
        </button>
        <span class="quiet"
          >${list === '' ? `The first line names the columns: AppId, DeviceToken${ofVerb.includes('Selector') ? ', Selector' : ''}.` : countWords(rowsOf(list), 'row', 'rows')}</span
        >
      </div>
      <div class="fields">
        <label>
          <span>Verb</span>
          <select
            value=${verb}
            onChange=${({ currentTarget }: { currentTarget: HTMLSelectElement }) => {
              setVerb(currentTarget.value);
            }}
          >
            ${verbs.map(({ name }) => html`<option selected=${name === verb}>${name}</option>`)}
          </select>
        </label>
        ${required.map(
          (name) =>
            html`<${Field}
              key=${name}
              name=${`parameter-${name}`}
              label=${name}
              value=${values[name] ?? ''}
              faults=${faults.has(name) ? [faults.get(name)] : undefined}
              onInput=${(value: string) => {
                setValues((before) => ({ ...before, [name]: value }));
                mend(name);
              }}
            />`,
        )}
        <label>
          <span>Over</span>
          <select name="window">
            ${windows.map(([seconds, words]) => html`<option value=${seconds} selected=${seconds === 60}>${words}</option>`)}
          </select>
        </label>
        <label><span>Name</span><input name="name" placeholder="made up" autocomplete="off" /></label>
      </div>
      <p class="row">
        <button class="primary" aria-disabled=${command.isRunning}>Start the sweep</button>
        ${speed !== 1 && html`<span class="quiet">SWEEP_SPEED is ${numberWords(speed)}: the command has a longer window.</span>`}
      </p>
      <${CommandEnd}
        command=${command}
        remark="Started: the local stack begins at once. The preview of the CLI counts with the next tick."
      />
    </form>
  `;
}

function rowsOf(list: string): number {
  return Math.max(0, list.split('\n').filter((line) => line.trim() !== '').length - 1);
}

function madeUpList(devices: number): string {
  const rows = Array.from({ length: devices }, (_, index) => {
    const number = String(index + 1).padStart(3, '0');
    return `com.example.softphone,device-${number},selector-${number}`;
  });
  return ['AppId,DeviceToken,Selector', ...rows].join('\n');
}
