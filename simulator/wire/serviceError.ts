/** An error that AWS answers, with a code that the service's model lists. */
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
