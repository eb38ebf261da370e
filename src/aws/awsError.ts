/** AWS refused a request, or did not answer: a sentence with the action and AWS's own words. */
export class AwsError extends Error {
  /** AWS's name for it, without the "Exception" that some services write behind it and others do not. */
  readonly code: string
  /** Whether the same request may succeed in a while: throttled, a 5xx, a hung or cut connection. */
  readonly mayPass: boolean
  /** Whether AWS may have carried it out all the same: no answer came, or none that says no. */
  readonly mayBeDone: boolean

  constructor(
    message: string,
    {
      code,
      mayPass,
      mayBeDone = false,
      cause,
    }: { code: string; mayPass: boolean; mayBeDone?: boolean; cause?: unknown },
  ) {
    super(message, { cause })
    this.code = code
    this.mayPass = mayPass
    this.mayBeDone = mayBeDone
  }
}
