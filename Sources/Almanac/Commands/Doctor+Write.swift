import PostgresDriver
import SQL
import AlmanacRuntime
import Foundation

extension Doctor {
    /// Writes to the database as a booking would, but changes nothing.
    static func write(_ configuration: AlmanacConfiguration, _ examination: inout Examination) async {
        do throws(StoreError) {
            switch configuration.database {
            case .sqlite(let path):
                // One that is not there yet is somebody else's finding.
                guard FileManager.default.fileExists(atPath: path) else { return }
                try SQLiteStore.tryWrite(path: path)
            case .postgres(let url): try await PostgresDatabase.tryWrite(PostgresConfiguration(url: url))
            }
            examination.ok("write", "the database takes writes")
        } catch {
            examination.problem("write", "no booking could be kept: \(Terminal.explain(error))")
        }
    }
}
