import SQL
import AlmanacRuntime
import ArgumentParser
import Foundation
import Logging
import Server

struct Seed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a demo organization with a calendar that can be booked.",
        discussion: """
            Prints the organization's API key, the calendar's id and a curl that books its first free slot. A running \
            server is asked over HTTP with the operator's token; without one the database is opened here.
            """
    )

    @OptionGroup var common: CommonOptions

    @Option(
        name: .long,
        help: "Keep the key and the id as shell assignments in this file; if they are there already, only show them."
    )
    var env: String?

    func run() async throws {
        let configuration = try await common.load()
        let demo: Demo
        do {
            let kept = env.flatMap { DemoFile(path: $0).read() }
            if let running = try await DemoClient.running(configuration) {
                if let kept, let shown = try? await running.look(kept) {
                    demo = shown
                } else {
                    demo = try await running.seed()
                }
            } else if let kept {
                demo = kept
            } else {
                demo = try await Self.seedHere(common.config)
            }
        } catch let failure as DemoFailure {
            Terminal.error("seed: \(failure.message)")
            throw ExitCode(1)
        } catch let error as StoreError {
            Terminal.error("seed: " + Terminal.explain(error))
            throw ExitCode(1)
        } catch let error as ConfigurationError {
            for line in error.errors { Terminal.error("configuration: " + line) }
            throw ExitCode(78)
        }
        if let env { try DemoFile(path: env).keep(demo) }
        Terminal.print(demo.text(configuration))
    }

    /// Runs a server on a free port while it seeds.
    private static func seedHere(_ path: String?) async throws -> Demo {
        let token = "seed-" + UUID().uuidString
        let configuration = try await ConfigurationLoader.load(
            ChannelSet.settings, path: path,
            overrides: ["http.host": "127.0.0.1", "http.port": "0", "operator.token": token]
        )
        let server = try await AlmanacServer(configuration, logger: CommonOptions.logger(.critical))
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                // If the server ends early, nobody waits for its port.
                defer { port.finish() }
                try await server.run { port.yield($0) }
            }
            defer { group.cancelAll() }
            for await number in ports {
                return try await DemoClient(base: "http://127.0.0.1:\(number)", operatorToken: token).seed()
            }
            throw DemoFailure(message: "the server did not start")
        }
    }
}

/// What the seed created.
struct Demo {
    /// Nil if the file is of an earlier release, which did not store it.
    let organizationID: String?
    let apiKey: String
    let calendarID: String
    var firstSlot: String?

    func text(_ configuration: AlmanacConfiguration) -> String {
        let start = firstSlot ?? "<start of a free slot>"
        return """
            A demo organization is ready.

              API key       \(apiKey)
              calendar      \(calendarID)
              organization  \(organizationID ?? "see GET /api/v1/platform/organizations")

            Book its first free slot:

              curl -sS \(configuration.publicURL)/api/v1/appointments \\
                -H 'Authorization: Bearer \(apiKey)' \\
                -H 'Content-Type: application/json' \\
                -d '{"calendar_id":"\(calendarID)","starts_at":"\(start)","contact":{"name":"Ada Lovelace","email":"ada@example.com"}}'
            """
    }
}

struct DemoFailure: Error {
    let message: String
}
