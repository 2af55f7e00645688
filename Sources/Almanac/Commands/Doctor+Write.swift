import PostgresDriver
import SQL
import AlmanacRuntime
import Glibc

extension Doctor {
    /// Writes to the database as a booking would, but changes nothing.
    static func write(_ configuration: AlmanacConfiguration, _ examination: inout Examination) async {
        do throws(StoreError) {
            switch configuration.database {
            case .sqlite(let path): try SQLiteStore.tryWrite(path: path)
            case .postgres(let url): try await PostgresDatabase.tryWrite(PostgresConfiguration(url: url))
            }
            examination.ok("write", "the database takes writes")
        } catch {
            examination.problem("write", "no booking could be kept: \(Terminal.explain(error))")
        }
    }
}

/// Creates a file in a folder, as SQLite would, and removes it again.
enum FolderTrial {
    /// Why that fails; nil if it works.
    static func run(_ folder: String) -> String? {
        var name = Array("\(folder)/.almanac-doctor-XXXXXX".utf8CString)
        let descriptor = mkstemp(&name)
        guard descriptor >= 0 else { return String(cString: strerror(errno)) }
        close(descriptor)
        unlink(name)
        return nil
    }
}
