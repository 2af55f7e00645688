import AlmanacRuntime
import ArgumentParser
import Logging
import Server

/// The options of every command.
struct CommonOptions: ParsableArguments {
    @Option(name: .long, help: "The configuration file. Without it config/almanac.yaml is read if it is there.")
    var config: String?

    /// The checked configuration. Prints each error with its key and ends the process if something is wrong.
    func load() async throws -> AlmanacConfiguration {
        do {
            return try await ConfigurationLoader.load(ChannelSet.settings, path: config)
        } catch {
            for line in error.errors { Terminal.error("configuration: " + line) }
            throw ExitCode(78)  // EX_CONFIG
        }
    }

    static func logger(_ level: Logger.Level, _ format: LogFormat = .text) -> Logger {
        var logger = Logger(label: "almanac") { label in
            switch format {
            case .text: StreamLogHandler.standardError(label: label)
            case .json: JSONLogHandler()
            }
        }
        logger.logLevel = level
        return logger
    }
}
