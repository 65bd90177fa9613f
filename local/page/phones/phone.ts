import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import type { ShownNotification, ShownPhone } from '../../sandbox/api.ts';
import { call } from '../call.ts';
import { sendTo } from '../send/send-to.ts';
import { clockWords, numberWords } from '../words.ts';

/** How many notifications a phone shows at first. */
const firstNotifications = 3;
/** A text with more characters or lines than these may be cut. */
const [cutCharacters, cutLines] = [110, 4];

/** What an app does when it gets a push without a text. */
const reactions: Readonly<Partial<Record<string, string>>> = {
  NotifyTextMessage: 'Fetches messages',
  NotifyReprovision: 'Reloads its configuration',
};

export interface PhoneOptions {
  readonly phone: ShownPhone;
  /** Whether the relay posts to the sandbox's gateway: no other can be told that a phone is dead. */
  readonly isSandboxed: boolean;
  readonly onForget: () => void;
}

/** A phone, with what can be done with it. */
export function Phone({ phone, isSandboxed, onForget }: PhoneOptions) {
  const { id, appId, account, isDead, isMarkedDead, lastAttempt } = phone;
  const [isBusy, setBusy] = useState(false);
  const [fault, setFault] = useState('');
  const act = async (...request: Parameters<typeof call>) => {
    setBusy(true);
    const problem = await call(...request);
    setBusy(false);
    setFault(problem ?? '');
    return problem === undefined;
  };
  const button = (words: string, run: () => unknown, isDisabled = false) => html`
    <button
      type="button"
      aria-describedby="phone-${id}"
      aria-disabled=${isBusy || isDisabled}
      onClick=${() => !isBusy && !isDisabled && run()}
    >
      ${words}
    </button>
  `;
  const isLoggedIn = account?.isLoggedIn === true;
  const logIn = () => {
    const { deviceToken } = phone;
    return act('POST', '/phones', { account: account?.account, selector: account?.selector, appId, deviceToken });
  };
  return html`
    <li class="phone">
      <${Handset} phone=${phone} />
      <h3 id="phone-${id}"><bdi>${account?.account ?? appNameOf(appId)}</bdi></h3>
      <dl>
        <div>
          <dt>Device</dt>
          <dd class="mono">${id}</dd>
        </div>
        <div>
          <dt>AppId</dt>
          <dd class="mono" title=${appId}><bdi>${appId}</bdi></dd>
        </div>
        <div>
          <dt>Token</dt>
          <dd class="mono" title=${phone.deviceToken}><bdi>${phone.deviceToken}</bdi></dd>
        </div>
        ${
          account &&
          html`
            <div>
              <dt>Selector</dt>
              <dd class="mono" title=${account.selector}><bdi>${account.selector}</bdi></dd>
            </div>
            <div>
              <dt>${account.answer.to === 'report' ? 'Report' : 'Removal'}</dt>
              <dd>
                <span aria-live="polite" title="${clockWords(account.answer.at)} ${account.answer.body}"
                  >${account.answer.status} ${resultOf(account.answer.body)}</span
                >
              </dd>
            </div>
          `
        }
        ${
          lastAttempt &&
          html`
            <div>
              <dt>Last push</dt>
              <dd>
                ${clockWords(lastAttempt.at)}${' '}
                <span class=${isAccepted(lastAttempt.status) ? 'quiet' : 'fault'}
                  >${answerWords(lastAttempt.status)}</span
                >
              </dd>
            </div>
          `
        }
      </dl>
      <div class="row">
        ${button('Push', () => {
          sendTo(isLoggedIn ? { Account: account.account } : deviceOf(phone));
        })}
        ${account && button('Restart', () => act('POST', `/phones/${id}/restart`), !isLoggedIn)}
        ${
          account &&
          button(isLoggedIn ? 'Log out' : 'Log in', () => (isLoggedIn ? act('POST', `/phones/${id}/log-out`) : logIn()))
        }
        ${
          isSandboxed &&
          (!isDead || isMarkedDead) &&
          button(isDead ? 'Mark alive' : 'Mark dead', () => act('PUT', `/phones/${id}`, { isDead: !isDead }))
        }
        ${button('Forget', async () => {
          if (await act('DELETE', `/phones/${id}`)) onForget();
        })}
      </div>
      ${fault !== '' && html`<p class="fault" role="alert">${fault}</p>`}
    </li>
  `;
}

/** The drawn phone with its screen. */
function Handset({ phone: { id, appId, badge, isDead, notifications, olderNotifications } }: { phone: ShownPhone }) {
  const [isOpen, setOpen] = useState(false);
  const shown = isOpen ? notifications : notifications.slice(0, firstNotifications);
  const hidden = notifications.length - firstNotifications;
  const received = olderNotifications + notifications.length;
  const app = appNameOf(appId);
  return html`
    <div class="handset" data-dead=${isDead} data-paper=${parseInt(id.slice(0, 1), 16) % 4}>
      <div class="screen">
        ${isDead && html`<p class="dead">The gateway calls its token unregistered.</p>`}
        <ol aria-label="Notifications, newest first">
          ${shown.map(
            (one, index) => html`<${Notification} key=${received - index} notification=${one} appId=${appId} />`,
          )}
        </ol>
        ${
          hidden > 0 &&
          html`
            <button
              type="button"
              aria-expanded=${isOpen}
              onClick=${() => {
                setOpen(!isOpen);
              }}
            >
              ${isOpen ? 'Show fewer' : `Show ${String(hidden)} more`}
            </button>
          `
        }
        ${isOpen && olderNotifications > 0 && html`<p class="older">${numberWords(olderNotifications)} older ones are not kept.</p>`}
        <p class="dock">
          <span class="app-icon" aria-hidden="true">${initialOf(app)}</span>
          ${
            badge !== undefined &&
            badge !== '0' &&
            html`<span class="count"><span class="visually-hidden">Badge </span><bdi>${badge}</bdi></span>`
          }
        </p>
      </div>
    </div>
  `;
}

function Notification({ notification, appId }: { notification: ShownNotification; appId: string }) {
  const { at, verb, text, moreCharacters, badge, sound, times } = notification;
  const [isWhole, setWhole] = useState(false);
  const mayBeCut = text !== undefined && (text.length > cutCharacters || text.split('\n').length > cutLines);
  const extras = [
    badge !== undefined && `Badge ${badge}`,
    sound !== undefined && `Sound ${sound}`,
    moreCharacters !== undefined && `and ${numberWords(moreCharacters)} more characters`,
  ].filter((one) => one !== false);
  return html`
    <li class=${text === undefined ? 'reaction' : 'notification'}>
      ${
        text !== undefined &&
        html`<p class="from">
          <bdi title=${appId}>${appId}</bdi
          ><time datetime=${at} title=${clockWords(at)}>${clockWords(at).slice(0, 5)}</time>
        </p>`
      }
      <p class=${mayBeCut && !isWhole ? 'text cut' : 'text'} dir="auto">${text ?? reactions[verb] ?? verb}</p>
      ${text === undefined && html`<time datetime=${at} title=${clockWords(at)}>${clockWords(at).slice(0, 5)}</time>`}
      ${text !== undefined && reactions[verb] !== undefined && html`<p class="extras">${reactions[verb]}</p>`}
      ${extras.map((one) => html`<p class="extras" dir="auto">${one}</p>`)}
      ${times > 1 && html`<p class="times">${numberWords(times)} times</p>`}
      ${
        mayBeCut &&
        html`
          <button
            type="button"
            aria-expanded=${isWhole}
            onClick=${() => {
              setWhole(!isWhole);
            }}
          >
            ${isWhole ? 'Show less' : 'Show all'}
          </button>
        `
      }
    </li>
  `;
}

function deviceOf({ appId, deviceToken, account }: ShownPhone): Readonly<Record<string, string>> {
  return { AppId: appId, DeviceToken: deviceToken, ...(account && { Selector: account.selector }) };
}

/** The last part of an AppId that says something: `softphone` of `com.example.softphone`. */
function appNameOf(appId: string): string {
  return appId.split('.').findLast((part) => part !== '') ?? appId;
}

/** A character may take several code units. */
function initialOf(name: string): string {
  const [first = '?'] = name;
  return first.toUpperCase();
}

function isAccepted(status: number | null): boolean {
  return status !== null && status >= 200 && status < 300;
}

function answerWords(status: number | null): string {
  return status === null ? 'no answer' : `answered ${String(status)}`;
}

/** The result that the registry states, or its whole answer. */
function resultOf(body: string): string {
  return /^\{"result":"([^"]*)"/.exec(body)?.[1] ?? body;
}
