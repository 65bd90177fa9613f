/** In a child: answers each question of the parent with what comes of it, and ends with the parent's channel. */
export function answerQuestions(answerOf: (question: unknown) => Promise<unknown>): void {
  process.on('message', (question) => {
    answerOf(question).then(
      (answer) => process.send?.(answer),
      (error: unknown) => process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
    );
  });
  process.once('disconnect', () => process.exit());
}
