import AlmanacRuntime

/// What an outcome other than success means for a command.
enum CommitFailure {
    /// Returns the stored answer if the key was used before, or nil if the command must be decided again; throws in all
    /// other cases.
    static func reply(
        to outcome: CommitOutcome, _ context: CommandContext, _ services: TenantServices
    ) async throws(CommandError) -> Reply? {
        switch outcome {
        case .keyTaken:
            guard let keyed = context.keyed, let reply = try await Idempotency(services: services).replay(keyed) else {
                throw .contended
            }
            return reply
        case .stale, .conflict, .committed: return nil
        case .fenced: throw .retired
        case .unknown: throw .outcomeUnknown
        case .failed(let error): throw .unavailable(error)
        case .refused(.overloaded): throw .overloaded
        case .refused(.draining): throw .draining
        }
    }
}
