/** An answer that AWS gives instead of the one asked for, by the code that the service's model lists. */
export class ServiceError extends Error {
  readonly code: string
  /** HTTP status. */
  readonly status: number
  constructor(code: string, message: string, status = 400) {
    super(message)
    this.code = code
    this.status = status
  }
}
