import PostgresDriver
import AlmanacRuntime
import ArgumentParser

struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring the database to this program's schema.",
        discussion: "serve does the same when it starts. Forward only; a newer schema is refused."
    )

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let configuration = try await common.load()
        do {
            let count: Int
            switch configuration.database {
            case .sqlite(let path):
                let store = try SQLiteStore(path: path)
                defer { store.close() }
                count = try SQLiteMigrator(store).migrate { Self.tell($0.number, $0.name) }.count
            case .postgres(let url):
                let migrator = PostgresDatabase.migrator(PostgresConfiguration(url: url))
                count = try await migrator.migrate { Self.tell($0.number, $0.name) }.count
            }
            if count == 0 { Terminal.print("nothing to do: the schema is current") }
        } catch {
            Terminal.error("migrate: " + Terminal.explain(error))
            throw ExitCode(1)
        }
    }

    private static func tell(_ number: Int, _ name: String) { Terminal.print("applied \(number) \(name)") }
}
