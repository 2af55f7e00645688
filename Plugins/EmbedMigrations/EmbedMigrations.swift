import Foundation
import PackagePlugin

/// Compiles the files of `migrations/sqlite` and `migrations/postgres` in, as `SQLiteMigrations.all` and
/// `PostgresMigrations.all`, in order of their numbers. A new file is found by itself.
@main
struct EmbedMigrations: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let script = context.package.directoryURL.appending(path: "scripts/embed-migrations")
        return try [("sqlite", "SQLiteMigrations"), ("postgres", "PostgresMigrations")].map { folder, name in
            let directory = target.directoryURL.appending(path: folder)
            let files = try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
                .filter { $0.pathExtension == "sql" }
                .sorted { $0.lastPathComponent < $1.lastPathComponent }
            let output = context.pluginWorkDirectoryURL.appending(path: "\(name).swift")
            return .buildCommand(
                displayName: "Embedding \(files.count) migrations of migrations/\(folder)",
                executable: script,
                arguments: [output.path, name] + files.map(\.path),
                inputFiles: files + [script],
                outputFiles: [output]
            )
        }
    }
}
