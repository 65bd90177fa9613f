/** An entry of a call that sends several messages at once. */
export interface Entry {
  readonly id: string;
  readonly text: string;
}

/** A call of SendMessageBatch (JSON) or PublishBatch (a form), as it goes over the wire. */
export interface BatchCall {
  readonly entries: readonly Entry[];
  /** What the service gets if it refuses these entries; undefined if nothing is left of the call. */
  readonly without: (refused: ReadonlySet<string>) => string | undefined;
  /** The answer that also says so, from the service's answer to the rest. */
  readonly completed: (refused: ReadonlySet<string>, answer: string | undefined) => string;
}

export function readSendBatch(body: string): BatchCall {
  const { Entries, ...others } = JSON.parse(body) as { Entries: { Id: string; MessageBody: string }[] };
  return {
    entries: Entries.map(({ Id, MessageBody }) => ({ id: Id, text: MessageBody })),
    without(refused) {
      const left = Entries.filter(({ Id }) => !refused.has(Id));
      return left.length === 0 ? undefined : JSON.stringify({ ...others, Entries: left });
    },
    completed(refused, answer = '{"Successful":[]}') {
      const Failed = [...refused].map((Id) => ({ Id, Code: 'InternalError', SenderFault: false }));
      return JSON.stringify({ ...(JSON.parse(answer) as object), Failed });
    },
  };
}

const memberOf = /^PublishBatchRequestEntries\.member\.(\d+)\./;

export function readPublishBatch(body: string): BatchCall {
  const parameters = [...new URLSearchParams(body)];
  const valueOf = (member: string, name: string) =>
    parameters.find(([key]) => key === `PublishBatchRequestEntries.member.${member}.${name}`)?.[1] ?? '';
  const members = new Set(parameters.flatMap(([key]) => memberOf.exec(key)?.[1] ?? []));
  return {
    entries: [...members].map((member) => ({ id: valueOf(member, 'Id'), text: valueOf(member, 'Message') })),
    without(refused) {
      const isLeft = (key: string) => {
        const member = memberOf.exec(key)?.[1];
        return member === undefined || !refused.has(valueOf(member, 'Id'));
      };
      const left = parameters.filter(([key]) => isLeft(key));
      return left.some(([key]) => memberOf.test(key)) ? new URLSearchParams(left).toString() : undefined;
    },
    completed(refused, answer = publishAnswer) {
      const failed = [...refused].map(
        (id) => `<member><Id>${id}</Id><Code>InternalError</Code><SenderFault>false</SenderFault></member>`,
      );
      return answer.replace('<Failed></Failed>', `<Failed>${failed.join('')}</Failed>`);
    },
  };
}

const publishAnswer = `<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishBatchResult><Successful></Successful><Failed></Failed></PublishBatchResult></PublishBatchResponse>`;
