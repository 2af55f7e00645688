import Foundation
import Scheduling

/// Checks a table of scripts/zone-fixtures, whose oracle is Python's zoneinfo.
struct ZoneProbeTable {
    private(set) var zones = 0
    private(set) var rows = 0
    /// Lines which the zone answers otherwise, with its answer.
    private(set) var failures: [String] = []

    /// - Parameter root: the folder with the TZif files of which the table speaks.
    init(_ text: String, root: URL) throws {
        var zone = Zone.utc
        for line in text.utf8.split(separator: UInt8(ascii: "\n")).dropFirst() {
            let fields = line.split(separator: UInt8(ascii: "\t")).map { String($0)! }
            if fields[0] == "zone" {
                zone = try Zone(id: fields[1], tzif: TimeFixtures.bytes(of: fields[1], root: root))
                zones += 1
                continue
            }
            rows += 1
            let (answer, expected) = Self.ask(zone, fields)
            if answer != expected { failures.append("\(zone.id): \(fields.joined(separator: " ")), not \(answer)") }
        }
    }

    private static func ask(_ zone: Zone, _ fields: [String]) -> (answer: String, expected: String) {
        switch fields[0] {
        case "u":
            let instant = Instant(seconds: Int64(fields[1])!)
            return ("\(zone.offset(at: instant))", fields[2])
        case "l":
            let instant = zone.instant(CivilDate(iso: fields[1])!, minute: Int(fields[2])!)
            return ("\(instant.secondsFloor)", fields[3])
        case "n":
            let next = zone.nextTransition(after: Instant(seconds: Int64(fields[1])!))
            return (next.map { "\($0.secondsFloor)" } ?? "-", fields[2])
        default:
            return ("unknown row", "")
        }
    }
}
