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
        guard case .sqlite(let path) = configuration.database else { return }
        do {
            let store = try SQLiteStore(path: path)
            defer { store.close() }
            let steps = try SQLiteMigrator(store).migrate { step in
                Terminal.print("applied \(step.number) \(step.name)")
            }
            if steps.isEmpty { Terminal.print("nothing to do: the schema is current") }
        } catch {
            Terminal.error("migrate: " + Terminal.explain(error))
            throw ExitCode(1)
        }
    }
}
