import SQL
import AlmanacRuntime
import Foundation
import Logging

/// The output for people.
enum Terminal {
    /// A logger without output, for parts that log in commands that print.
    static let silent = Logger(label: "almanac") { _ in SwiftLogNoOpLogHandler() }

    static func print(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

    static func error(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

    /// Why a database cannot be used, in its own words, and how to mend it.
    static func explain(_ error: StoreError) -> String {
        guard let words = error.words else { return summary(error) }
        return "\(summary(error)). PostgreSQL says: \(words)\(DatabaseAdvice.mending(words).map { ": \($0)" } ?? "")"
    }

    private static func summary(_ error: StoreError) -> String {
        switch error.code {
        case .locked: "the database is in use by another almanac process; stop it first (\(error.context))"
        case .schema: "\(error.context); run the release that made it, or a newer one"
        case .durability: "\(error.context); bookings would not survive a power cut, so nothing is served"
        case .privileges: "\(error.context); see \"PostgreSQL\" in docs/operations.md"
        case .unavailable, .corrupt, .statement, .unknownOutcome, .fenced: error.description
        }
    }
}
