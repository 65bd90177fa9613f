import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { findChromium, launchChromium, openPage, openSession, type SessionOptions } from './chromium.ts';
import { startStack } from './stack.ts';

/** Something that serves the page: a local stack, or a sandbox alone. */
export interface PageHost {
  readonly sandboxUrl: string;
  readonly stop: () => Promise<unknown>;
}

export interface OpenOptions extends SessionOptions {
  /** What is shown, as the fragment of the address names it. */
  readonly view?: string;
  /** What the page may complain of. A status that answers a request of its code is never a fault. */
  readonly allow?: (fault: string) => boolean;
}

export interface PageTests<Host extends PageHost> {
  /** What serves the page. There only while tests run. */
  readonly host: () => Host;
  /** Opens the page in a browser session of its own, and waits until it is connected. */
  readonly open: (options?: OpenOptions) => Promise<Page>;
}

/** Starts a local stack, by default on free ports, to test its page. */
export async function startStackWithPage(environment: NodeJS.ProcessEnv = {}) {
  const stack = await startStack(environment);
  return { ...stack, stop: stack.interrupt };
}

/**
 * Tests of the page, in one Chromium and with one host. A test fails if the page reports an error or a violation of its
 * content security policy, or asks another host for anything. Where there is no Chromium, the tests are skipped, and fail
 * in CI.
 */
export function describePage<Host extends PageHost>(
  title: string,
  start: () => Promise<Host>,
  tests: (page: PageTests<Host>) => void,
): void {
  const executable = findChromium(process.env);
  describe.skipIf(executable === undefined && process.env['CI'] === undefined)(title, () => {
    let [host, browser]: [Host?, Browser?] = [];
    const sessions: BrowserContext[] = [];
    const faults: string[] = [];
    beforeAll(async () => {
      if (executable === undefined) throw new Error('CI needs Chromium: see .ci/run.');
      browser = await launchChromium(executable);
      host = await start();
    });
    afterEach(async () => {
      await Promise.all(sessions.splice(0).map((session) => session.close()));
      expect(faults.splice(0)).toEqual([]);
    });
    afterAll(() => Promise.all([browser?.close(), host?.stop()]));

    const running = () => {
      if (browser === undefined || host === undefined) throw new Error('The page is there only while tests run.');
      return { browser, host };
    };
    tests({
      host: () => running().host,
      async open(options = {}) {
        const session = await openSession(running().browser, options);
        sessions.push(session);
        watch(session, running().host.sandboxUrl, (fault) => {
          if (options.allow?.(fault) !== true) faults.push(fault);
        });
        return openPage(session, running().host.sandboxUrl, options.view);
      },
    });
  });
}

/** Reports what a page must never do. */
function watch(session: BrowserContext, sandboxUrl: string, report: (fault: string) => void): void {
  const { host } = new URL(sandboxUrl);
  session.on('weberror', (error) => {
    report(`page error: ${error.error().message}`);
  });
  session.on('console', (message) => {
    const text = message.text();
    // Chromium writes this also for an answer that the page's code handles: see the responses below.
    if (message.type() === 'error' && !text.includes('the server responded with a status of'))
      report(`console: ${text}`);
  });
  session.on('response', (response) => {
    const isHandled = response.status() < 400 || response.request().resourceType() === 'fetch';
    if (!isHandled) report(`status ${String(response.status())}: ${response.url()}`);
  });
  session.on('request', (request) => {
    if (new URL(request.url()).host !== host) report(`request to another host: ${request.url()}`);
  });
}
