import Foundation

/// `work.*` and `memory.*`: how much processor time requests may use, and how much memory calendars may keep.
public struct WorkSettings: Sendable {
    /// `work.heavy_jobs`: the most heavy jobs at once; nil: fewer than the processors.
    public let heavyJobs: Int?
    /// `work.heavy_per_organization`: the most of one organization at once.
    public let heavyPerOrganization: Int
    /// `work.heavy_waiting`: the most waiting jobs of one organization; eight times as many in total.
    public let heavyWaiting: Int
    /// `work.rule_steps`: the most steps that the recurring rules and breaks of a calendar, or of a preview, may take
    /// together.
    public let ruleSteps: Int
    /// `memory.cache_bytes`: the most that all calendars together keep of compiled days, answers and windows of the feed.
    public let cacheBytes: Int

    static let keys: Set<String> = [
        "work.heavy_jobs", "work.heavy_per_organization", "work.heavy_waiting", "work.rule_steps", "memory.cache_bytes",
    ]

    public static let defaultRuleSteps = 4_000_000
    public static let defaultCacheBytes = 134_217_728

    init(_ values: inout ConfigurationValues) {
        heavyJobs = values.int("work.heavy_jobs", in: 1...1_024)
        heavyPerOrganization = values.int("work.heavy_per_organization", in: 1...1_024) ?? 1
        heavyWaiting = values.int("work.heavy_waiting", in: 1...10_000) ?? 16
        ruleSteps = values.int("work.rule_steps", in: 10_000...1_000_000_000) ?? Self.defaultRuleSteps
        cacheBytes = values.int("memory.cache_bytes", in: 1_048_576...1_099_511_627_776) ?? Self.defaultCacheBytes
    }

    public var gate: WorkGate.Limits {
        WorkGate.Limits(
            width: heavyJobs ?? max(1, ProcessInfo.processInfo.activeProcessorCount - 1), share: heavyPerOrganization,
            waiting: heavyWaiting, waitingTogether: 8 * heavyWaiting
        )
    }
}
