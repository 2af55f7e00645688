import AlmanacRuntime
import Foundation
import Logging

/// What people read.
enum Terminal {
    /// For parts that would log, in commands that print.
    static let silent = Logger(label: "almanac") { _ in SwiftLogNoOpLogHandler() }

    static func print(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

    static func error(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

    /// What to do about a database that cannot be used.
    static func explain(_ error: StoreError) -> String {
        switch error.code {
        case .locked: "the database is in use by another almanac process; stop it first (\(error.context))"
        case .schema: "\(error.context); run the release that made it, or a newer one"
        case .durability: "\(error.context); bookings would not survive a power cut, so nothing is served"
        case .privileges: "\(error.context); see \"PostgreSQL\" in docs/operations.md"
        case .unavailable, .corrupt, .statement, .unknownOutcome, .fenced: error.description
        }
    }
}
