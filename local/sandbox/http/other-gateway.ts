/** The answer to a request that is about the sandbox's gateway while the relay posts to another. @param toDo its aim. */
export function otherGatewayWords(toDo: string): string {
  return `PNM2_URL is set, so the relay posts to another gateway. Start without it to ${toDo}.`;
}
