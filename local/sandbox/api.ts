import type { DeadLetterReason } from '../../shared/push/dead-letter.ts';
import type { GatewayFormat } from '../../shared/gateway-format.ts';

/**
 * What the sandbox's HTTP API answers, as the page reads it. docs/sandbox.md describes it. Times are ISO 8601. This file
 * has types only, so that the page can import it.
 */

/**
 * Where a push is in its life: on its queue and not tried yet; being attempted; on its queue again after an attempt;
 * delivered; given up, which leaves a dead letter.
 */
export type PushState = 'waiting' | 'attempting' | 'retrying' | 'delivered' | 'given-up';

/** One POST of a push to the gateway. */
export interface ShownAttempt {
  readonly startedAt: string;
  /** Absent until it has ended, and if nothing says how long it took. */
  readonly ms?: number;
  /** What the gateway answered. `null`: it closed the connection without an answer. Absent: it never saw the attempt. */
  readonly status?: number | null;
  /** What the relay made of it. */
  readonly outcome?: 'delivered' | 'unregistered' | 'rejected' | 'throttled' | 'transient';
  /** What went wrong, in the words of the relay's log. */
  readonly failure?: string;
  /** The message of the attempt, and how often it had been received: each receive has one attempt at most. */
  readonly messageId: string;
  readonly receiveCount: number;
}

/** A push with its whole life. */
export interface ShownPush {
  /** The id that the intake answered with. */
  readonly id: string;
  /** Grows with every change of any push. */
  readonly revision: number;
  /** `gateway`: it was posted to the sandbox's gateway directly, past the relay. */
  readonly source: 'pushes' | 'sweeps' | 'gateway';
  readonly acceptedAt: string;
  readonly expiresAt?: string;
  readonly client?: string;
  readonly sweep?: { readonly plan: string; readonly run: string };
  /** The device as logs and dead letters name it. */
  readonly device: string;
  /** In the order in which they were sent. Empty if the message cannot be read. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
  /** Why its message cannot be read. */
  readonly fault?: string;
  readonly state: PushState;
  /** The newest attempts, oldest first. */
  readonly attempts: readonly ShownAttempt[];
  /** How many older attempts are not shown. */
  readonly olderAttempts: number;
  /** How often it had been received before the sandbox knew it. What came of that is not known. Absent: never. */
  readonly receivedBefore?: number;
  /** How often it was received without an attempt, because the gateway was down or the batch had no time left. */
  readonly untried: number;
  /** When its message becomes visible again: the earliest time of its next attempt. */
  readonly nextAttemptAt?: string;
  readonly redrivenAt?: string;
  /** When it was delivered or given up. */
  readonly endedAt?: string;
  /** Why it was given up. */
  readonly reason?: DeadLetterReason;
  /** The same in words. */
  readonly words?: string;
}

/** A push with what the gateway got. */
export interface PushDetail extends ShownPush {
  /** The body that the gateway received. Absent if it received none. */
  readonly body?: string;
  readonly format?: GatewayFormat;
}

/** `GET /pushes`, and the data of the event `pushes`. */
export interface ShownPushes {
  /** Newest first. */
  readonly pushes: readonly ShownPush[];
  /** The sandbox keeps this many of the newest pushes. */
  readonly kept: number;
  /** How many older ones it has dropped. */
  readonly dropped: number;
}

/** One request that the gateway received, as `GET /attempts` shows it. */
export interface ReceivedAttempt {
  readonly receivedAt: string;
  readonly format: GatewayFormat;
  /**
   * The status that was answered: the `code` in the body, if there is one. `null` if the connection was closed before.
   */
  readonly status: number | null;
  /** Every value as a string, also those that came as another JSON type. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** What the user of a phone notices of a push that the gateway accepted. */
export interface ShownNotification {
  readonly at: string;
  readonly verb: string;
  /** The Message: at most its first 4,096 characters. */
  readonly text?: string;
  /** How many characters of the Message were left out. */
  readonly moreCharacters?: number;
  readonly selector?: string;
  readonly badge?: string;
  readonly sound?: string;
  /** How often the same push came in a row. */
  readonly times: number;
}

/** What the registry answered to the app of a phone. */
export interface RegistryAnswer {
  readonly at: string;
  readonly to: 'report' | 'removal';
  readonly status: number;
  readonly body: string;
}

/** The account that a phone was added with. */
export interface PhoneAccount {
  readonly account: string;
  readonly selector: string;
  /** Whether the app has reported the device and has not removed it since. */
  readonly isLoggedIn: boolean;
  readonly answer: RegistryAnswer;
}

/** A device that a push was sent to, or that was added. */
export interface ShownPhone {
  /** The device as logs and dead letters name it. */
  readonly id: string;
  /** Grows with every change of any phone. */
  readonly revision: number;
  readonly appId: string;
  readonly deviceToken: string;
  /** Absent if the phone was not added with an account. */
  readonly account?: PhoneAccount;
  /** Whether its token is unregistered, as far as is known. */
  readonly isDead: boolean;
  /** Whether it was marked dead: the gateway then calls its token unregistered. */
  readonly isMarkedDead: boolean;
  /** The last push, and what the gateway answered; `null`: it closed the connection without an answer. */
  readonly lastAttempt?: { readonly at: string; readonly status: number | null };
  /** The last Badge. */
  readonly badge?: string;
  /** The newest notifications, newest first. */
  readonly notifications: readonly ShownNotification[];
  /** How many older ones are not shown. */
  readonly olderNotifications: number;
}

/** `GET /phones`, and the data of the event `phones`. */
export interface ShownPhones {
  readonly phones: readonly ShownPhone[];
  /** All phones in their order: those that were added, then the others; each newest first. */
  readonly ids: readonly string[];
  /** The sandbox keeps this many phones. */
  readonly kept: number;
  /** How many it has dropped to make room. */
  readonly dropped: number;
}

/** The state of the queues in one second. */
export interface Sample {
  readonly at: string;
  /** Pushes on their queue that were not tried yet. */
  readonly waiting: number;
  /** Pushes on their queue that were tried. */
  readonly retrying: number;
  /** Pushes accepted in this second. */
  readonly accepted: number;
  readonly delivered: number;
  readonly givenUp: number;
}

/** What a fault of a request to the API says. */
export interface ApiProblem {
  /** Which parameter, what is wrong, what to do. */
  readonly error: string;
}

/** How the page finds the rest of the local stack. */
export interface StackInfo {
  /** Where senders post pushes. */
  readonly pushUrl: string;
  readonly gatewayUrl: string;
  /** Whether the gateway is the sandbox's own. If not, its behaviour cannot be switched. */
  readonly isSandboxed: boolean;
  readonly gatewayFormat: GatewayFormat;
  /** Whether the intake requires an API key. */
  readonly requiresKey: boolean;
  /** The factor by which sweeps run faster. */
  readonly sweepSpeed: number;
  /** What the intake accepts, in the order of the gateway's document. */
  readonly verbs: readonly KnownVerb[];
  /** The parameters of the examples of the gateway's document. */
  readonly examples: readonly (readonly (readonly [name: string, value: string])[])[];
}

/** A verb that the intake accepts. */
export interface KnownVerb {
  readonly name: string;
  /** The parameters that it requires besides `verb`, `AppId` and `DeviceToken`. */
  readonly required: readonly string[];
}

/** A queue in this second. */
export interface ShownQueue {
  readonly name: 'pushes' | 'sweeps' | 'undeliverable';
  /** Messages that can be received now. */
  readonly visible: number;
  /** Messages that were sent with a delay that is not over. */
  readonly delayed: number;
  /** Messages that were received: they are being attempted, or wait for their next attempt. */
  readonly inFlight: number;
  /** The age of the oldest message. Absent if there is none. */
  readonly oldestSeconds?: number;
}

/** How the sandbox's gateway behaves: the answer to `GET` and `PUT /behaviour`, and the data of the event `behaviour`. */
export interface ShownBehaviour {
  /** The same in words, such as `well`, `away` or `slow by 300 ms`. */
  readonly words: string;
  /** It refuses connections. */
  readonly away: boolean;
  /** When it comes back by itself. Absent: when it is told to. */
  readonly awayUntil?: string;
  /** How much later it answers. */
  readonly slowMs: number;
  /** The share of the pushes that it answers with an error. */
  readonly failure: { readonly status: number; readonly percent: number } | null;
  /** How many pushes it takes in a second. It answers 429 to the others. */
  readonly pushesPerSecond: number | null;
  /** Why it cannot come back. */
  readonly fault?: string;
}

/** The body of `PUT /behaviour`. What it leaves out stays as it is. */
export interface BehaviourChange {
  readonly away?: boolean;
  /** How long an outage lasts. */
  readonly awaySeconds?: number;
  readonly slowMs?: number;
  readonly failure?: ShownBehaviour['failure'];
  readonly pushesPerSecond?: number | null;
}

/** A DeviceToken that chooses what the gateway answers, as `GET /token-words` lists them. */
export interface TokenWord {
  /** With capitals for what can be chosen, such as `fail-STATUS`. */
  readonly token: string;
  /** Such a token, such as `fail-500`. */
  readonly example: string;
  /** What the gateway does with a push to it. */
  readonly answer: string;
}

/** A dead letter, as `GET /dead-letters` shows it. */
export interface ShownDeadLetter {
  /** The id of the push. */
  readonly id: string;
  /** The id of its message on the queue `undeliverable`. */
  readonly messageId: string;
  readonly reason: DeadLetterReason;
  /** The last HTTP status of the gateway. */
  readonly status?: number;
  /** The reason in words. */
  readonly words?: string;
  /** The queue that it returns to when it is redriven. */
  readonly queue: string;
  readonly attempts: number;
  readonly acceptedAt: string;
  /** When it became a dead letter. */
  readonly deadAt: string;
  readonly verb?: string;
  readonly appId?: string;
  /** The device as logs name it. */
  readonly device?: string;
  readonly client?: string;
  readonly sweep?: { readonly plan: string; readonly run: string };
  /** Why its message cannot be read. */
  readonly fault?: string;
}

/** `GET /dead-letters`, and the data of the event `deadLetters`. */
export interface ShownDeadLetters {
  readonly total: number;
  readonly byReason: Readonly<Partial<Record<DeadLetterReason, number>>>;
  /** The newest 500, newest first. */
  readonly deadLetters: readonly ShownDeadLetter[];
}

/** What a command of the CLI did that the API ran. */
export interface CommandResult {
  /** Runs the same in a terminal. */
  readonly command: string;
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The same of a command that failed. */
export interface CommandFailure extends CommandResult, ApiProblem {}

/** How many pushes of a run were attempted and delivered in each span of time. */
export interface SweepRate {
  /** When the first span begins. */
  readonly from: string;
  /** The length of each span: 1, and more for a run that takes longer than four minutes. */
  readonly spanSeconds: number;
  readonly attempted: readonly number[];
  readonly delivered: readonly number[];
}

/** A sweep, as `GET /sweeps` shows it, with its run that was begun last, or else the next one. */
export interface ShownSweep {
  readonly name: string;
  /** `ended`: its last push is due. */
  readonly state: 'faulty' | 'waiting' | 'running' | 'ended';
  readonly verb?: string;
  readonly faults?: readonly string[];
  readonly run?: string;
  /** In the time of the local stack: divided by `SWEEP_SPEED`. */
  readonly windowSeconds?: number;
  readonly beginsAt?: string;
  readonly endsAt?: string;
  readonly slices?: number;
  readonly slicesDone?: number;
  /** How many pushes are on their queue, or were. */
  readonly pushes?: number;
  readonly duplicates?: number;
  /** Rows that the plan leaves out. */
  readonly leftOut?: number;
  readonly refused?: number;
  readonly refusedRows?: readonly { readonly line: number; readonly reason: string }[];
  /** The pushes of the run divided by its window, as far as its slices are done. Absent without a window. */
  readonly meanPerSecond?: number;
  /** As the sandbox has counted since it was started. */
  readonly delivered?: number;
  readonly givenUp?: number;
  /** Absent before the first attempt. The sandbox keeps it of the newest ten runs. */
  readonly rate?: SweepRate;
}

/** `GET /sweeps`, and the data of the event `sweeps`. */
export interface ShownSweeps {
  /** 50 at most, newest first. */
  readonly sweeps: readonly ShownSweep[];
  readonly total: number;
}

/**
 * The events of `GET /events`, by name. Each brings what has changed since the one before; after the event `start`,
 * which comes first and after `DELETE /pushes`, each brings all.
 */
export interface LiveEvents {
  readonly start: StackInfo;
  /** The pushes that have changed, newest first, each with its newest attempt only. */
  readonly pushes: ShownPushes;
  /** One for each second, oldest first: the last ten minutes at most. */
  readonly samples: readonly Sample[];
  readonly queues: readonly ShownQueue[];
  readonly deadLetters: ShownDeadLetters;
  readonly sweeps: ShownSweeps;
  /** The phones that have changed, with the order of all. */
  readonly phones: ShownPhones;
  /** Of the sandbox's own gateway, also if pushes go to another. */
  readonly behaviour: ShownBehaviour;
}
