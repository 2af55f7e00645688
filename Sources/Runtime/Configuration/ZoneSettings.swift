/// `zones.*`: the time zone database.
public struct ZoneSettings: Sendable {
    /// `zones.directory`: the folder of its files.
    public let directory: String
    /// `zones.check_seconds`: how often to check them for an update.
    public let checkSeconds: Int

    static let keys: Set<String> = ["zones.directory", "zones.check_seconds"]

    init(_ values: inout ConfigurationValues) {
        directory =
            values.parsed("zones.directory", "must be an absolute path") { $0.hasPrefix("/") ? $0 : nil }
            ?? "/usr/share/zoneinfo"
        checkSeconds = values.int("zones.check_seconds", in: 1...86_400) ?? 60
    }
}
