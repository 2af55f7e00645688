import Foundation
import Scheduling

/// Where the fixtures lie, found from this file: the tests run from any working directory.
enum TimeFixtures {
    static let package = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let folder = package.appending(path: "Tests/SchedulingTests/Fixtures")
    static let generator = package.appending(path: "scripts/zone-fixtures")

    static let zoneNames = [
        "Africa/Cairo", "Africa/Casablanca", "America/Havana", "America/New_York", "America/Nuuk", "America/Santiago",
        "America/Sao_Paulo", "America/St_Johns", "America/Toronto", "Antarctica/Troll", "Asia/Beirut", "Asia/Gaza",
        "Asia/Kathmandu", "Asia/Kolkata", "Asia/Tehran", "Australia/Lord_Howe", "Australia/Sydney", "Europe/Dublin",
        "Europe/London", "Pacific/Apia", "Pacific/Chatham", "Pacific/Kiritimati", "Pacific/Kwajalein", "UTC",
    ]

    static func bytes(of id: String, root: URL = folder.appending(path: "zoneinfo")) throws -> [UInt8] {
        Array(try Data(contentsOf: root.appending(path: id)))
    }

    /// A zone of Fixtures/zoneinfo, the same whatever this machine's database says.
    static func zone(_ id: String) throws -> Zone {
        try Zone(id: id, tzif: bytes(of: id))
    }
}

func isoDate(_ iso: String) -> CivilDate {
    CivilDate(iso: iso)!
}

func rfc3339(_ text: String) -> Instant {
    Instant(rfc3339: text)!
}
