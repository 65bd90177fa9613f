import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import type { StackInfo } from '../sandbox/api.ts';
import { CommandEnd, useCommand } from './command.ts';
import { countWords, numberWords } from './words.ts';

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
  const [isOver, setOver] = useState(false);
  const command = useCommand();
  const list = file?.text ?? text;
  // The Selector comes from the list.
  const ofVerb = verbs.find(({ name }) => name === verb)?.required ?? [];
  const required = ofVerb.filter((name) => name !== 'Selector');
  const take = async (given: File | undefined) => {
    if (given !== undefined) setFile({ name: given.name, text: await given.text() });
  };
  const order = async (form: HTMLFormElement) => {
    const values = new FormData(form);
    const valueOf = (name: string) => {
      const value = values.get(name);
      return typeof value === 'string' ? value.trim() : '';
    };
    const seconds = Number(valueOf('window'));
    const parameters = Object.fromEntries(required.map((name) => [name, valueOf(`parameter-${name}`)]));
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
                  required
                  spellcheck=${false}
                  aria-describedby="list-hint"
                  placeholder=${'Paste a CSV here, or drop a file:\nAppId,DeviceToken,Selector\ncom.example.softphone,…'}
                  value=${text}
                  onInput=${({ currentTarget }: { currentTarget: HTMLTextAreaElement }) => {
                    setText(currentTarget.value);
                  }}
                ></textarea>
              </label>
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
            setFile(undefined);
            setText(madeUpList(120));
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
            html`<label key=${name}
              ><span>${name}</span><input name=${`parameter-${name}`} required dir="auto"
            /></label>`,
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
