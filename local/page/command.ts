import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import type { CommandFailure, CommandResult } from '../sandbox/api.ts';

type End =
  | { readonly kind: 'done'; readonly result: CommandResult }
  | { readonly kind: 'failed'; readonly result: CommandFailure }
  /** It was not run. */
  | { readonly kind: 'refused'; readonly error: string };

/** The command that a view runs through the API, and how its last one has ended. */
export interface Command {
  readonly isRunning: boolean;
  readonly end: End | undefined;
  /** @returns whether the command has succeeded. */
  readonly run: (path: string, body: unknown) => Promise<boolean>;
}

export function useCommand(): Command {
  const [isRunning, setRunning] = useState(false);
  const [end, setEnd] = useState<End>();
  const run = async (path: string, body: unknown) => {
    setRunning(true);
    setEnd(undefined);
    const ended = await post(path, body);
    setRunning(false);
    setEnd(ended);
    return ended.kind === 'done';
  };
  return { isRunning, end, run };
}

async function post(path: string, body: unknown): Promise<End> {
  try {
    const response = await fetch(path, { method: 'POST', body: JSON.stringify(body) });
    // The page and the sandbox are one version.
    const answer = (await response.json()) as CommandResult | CommandFailure;
    if (!('error' in answer)) return { kind: 'done', result: answer };
    return 'command' in answer
      ? { kind: 'failed', result: answer }
      : { kind: 'refused', error: (answer as CommandFailure).error };
  } catch {
    return { kind: 'refused', error: 'The local stack does not answer. Is npm start running?' };
  }
}

/** How a command has ended: what it printed, and its line to copy. */
export function CommandEnd({ command: { isRunning, end } }: { command: Command }) {
  return html`
    <div class="command" role="status" aria-live="polite">
      ${isRunning && html`<p class="quiet">The command is running…</p>`}
      ${end?.kind === 'refused' && html`<p class="fault">${end.error}</p>`}
      ${end !== undefined && end.kind !== 'refused' && html`<${Ended} result=${end.result} isFailed=${end.kind === 'failed'} />`}
    </div>
  `;
}

function Ended({ result, isFailed }: { result: CommandResult; isFailed: boolean }) {
  const { command, stdout, stderr } = result;
  const [isCopied, setCopied] = useState(false);
  const copy = () => {
    navigator.clipboard.writeText(command).then(
      () => {
        setCopied(true);
      },
      () => undefined,
    );
  };
  return html`
    <div class="command-line">
      <code>${command}</code>
      <button type="button" onClick=${copy}>${isCopied ? 'Copied' : 'Copy'}</button>
    </div>
    ${stdout !== '' && html`<pre tabindex="0" aria-label="Output of the command">${stdout}</pre>`}
    ${stderr !== '' && html`<pre tabindex="0" aria-label="Remarks of the command" class=${isFailed ? 'fault' : 'quiet'}>${stderr}</pre>`}
  `;
}
