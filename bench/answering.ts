import { pathToFileURL } from 'node:url';

/** In a child: answers each question of the parent, and exits when the parent closes the channel. */
export function answerQuestions(answerOf: (question: unknown) => Promise<unknown>): void {
  process.on('message', (question) => {
    answerOf(question).then(
      (answer) => process.send?.(answer),
      (error: unknown) => process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
    );
  });
  process.once('disconnect', () => process.exit());
}

/** The handler in a bundle, with the type that its caller knows it to have. */
export async function loadHandler<H>(bundle: string): Promise<H> {
  const { handler } = (await import(pathToFileURL(bundle).href)) as { handler: H };
  return handler;
}
