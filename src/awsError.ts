/** AWS refused a request, or could not be asked: a sentence with the action and AWS's own words. */
export class AwsError extends Error {
  /** AWS's name for it, without the "Exception" that some services write behind it and others do not. */
  readonly code: string
  /** Whether the same request may succeed in a while: throttled, a 5xx, a hung or cut connection. */
  readonly mayPass: boolean

  constructor(message: string, { code, mayPass, cause }: { code: string; mayPass: boolean; cause?: unknown }) {
    super(message, { cause })
    this.code = code
    this.mayPass = mayPass
  }
}
