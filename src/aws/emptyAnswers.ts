import { Readable } from 'node:stream'

/** Commands whose answer always has a body; the JSON protocol may answer a change with nothing. */
export const readsOnly = /^(BatchGet|Describe|Get|List)/
/** The Query protocol answers every command with a document, a change as well. */
export const everyCommand = /./

/**
 * A middleware of the SDK (step `deserialize`) that takes an answer without a body for none. Cut on its way and read as an
 * answer, it would say that there is nothing (no tags, so no mode `observe`), or that a record was written.
 *
 * @param answered names of the commands that are always answered with a body
 */
export const refuseEmptyAnswers =
  (answered: RegExp) =>
  <Given, Answered extends { readonly response: unknown }>(
    next: (given: Given) => Promise<Answered>,
    { commandName = '' }: { readonly commandName?: string },
  ) =>
  async (given: Given): Promise<Answered> => {
    const answer = await next(given)
    const { response } = answer
    if (!answered.test(commandName) || !isEmpty(response)) return answer
    // Read to its end all the same, or its socket would never be free again.
    if (response.body instanceof Readable) response.body.resume()
    // As the SDK marks what it could not read (send.ts).
    throw Object.assign(new Error('it is empty'), { $response: response })
  }

/** Where it stands among the SDK's own: before an answer is read. */
export const beforeReading = { step: 'deserialize', priority: 'low', name: 'refuseEmptyAnswers' } as const

/** What the SDK's handler gives as response: an HttpResponse, though the types do not say so. */
const isEmpty = (response: unknown): response is { readonly body?: unknown } =>
  typeof response === 'object' &&
  response !== null &&
  'headers' in response &&
  typeof response.headers === 'object' &&
  response.headers !== null &&
  'content-length' in response.headers &&
  response.headers['content-length'] === '0'
