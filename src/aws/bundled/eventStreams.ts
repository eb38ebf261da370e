// Bundled in the place of @smithy/core/event-streams. No operation that Greenlight calls has events; the SDK imports this
// module when one does, and so esbuild would keep all that it needs.

const none = (): never => {
  throw new Error('this bundle reads no event streams')
}

export { none as EventStreamSerde, none as eventStreamSerdeProvider }

/** The client of Lambda has operations with events. */
export const resolveEventStreamSerdeConfig = <Config>(config: Config): Config => config
