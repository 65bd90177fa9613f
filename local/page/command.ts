import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import type { CommandFailure, CommandResult } from '../sandbox/api.ts';
import { noAnswer } from './call.ts';
import { Copy } from './copy.ts';

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
    return { kind: 'refused', error: noAnswer };
  }
}

export interface CommandEndOptions {
  readonly command: Command;
  /** What else there is to say when it has succeeded. */
  readonly remark?: string;
}

/** How a command has ended: what it printed, and its line to copy. */
export function CommandEnd({ command: { isRunning, end }, remark }: CommandEndOptions) {
  return html`
    <div class="command">
      <div role="status">
        ${isRunning && html`<p class="quiet">The command is running…</p>`}
        ${end?.kind === 'done' && remark !== undefined && html`<p>${remark}</p>`}
        ${end?.kind === 'done' && html`<${Output} text=${end.result.stdout} title="What the command says" />`}
        ${end?.kind === 'failed' && html`<${Output} text=${end.result.stdout} title="What the command has done" />`}
        ${end !== undefined && end.kind !== 'done' && html`<p class="fault">${errorOf(end)}</p>`}
      </div>
      ${end !== undefined && end.kind !== 'refused' && html`<div class="command-line"><code>${end.result.command}</code> <${Copy} text=${end.result.command} what="command" /></div>`}
    </div>
  `;
}

function errorOf(end: Exclude<End, { readonly kind: 'done' }>): string {
  return end.kind === 'failed' ? end.result.error : end.error;
}

/** A long output is folded, so that nobody has to hear all of it. */
function Output({ text, title }: { text: string; title: string }) {
  if (text === '') return null;
  if (text.split('\n').length <= 3) return html`<p class="lines">${text}</p>`;
  return html`
    <details>
      <summary>${title}</summary>
      <pre tabindex="0" aria-label=${title}>${text}</pre>
    </details>
  `;
}
