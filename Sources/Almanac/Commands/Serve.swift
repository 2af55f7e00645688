import SQL
import Prometheus
import AlmanacRuntime
import ArgumentParser
import Glibc
import Logging
import Metrics
import Server

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run the server until it is told to stop (SIGTERM).")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        ProcessMemory.economize()
        let configuration = try await common.load()
        var logger = CommonOptions.logger(configuration.logLevel, configuration.logFormat)
        logger[metadataKey: "node"] = "\(configuration.nodeID)"
        Self.tellWhatIsNotThere(configuration, logger)
        // A file that reaches its size limit then gives an error, like a full disk, instead of ending the process
        // (setrlimit(2)).
        signal(SIGXFSZ, SIG_IGN)
        let registry = PrometheusRegistry()
        MetricsSystem.bootstrap(registry)
        do {
            let server = try await AlmanacServer(configuration, logger: logger, registry: registry)
            try await server.run()
        } catch let error as StoreError {
            Terminal.error("database: " + Terminal.explain(error))
            throw ExitCode(1)
        } catch let error as ConfigurationError {
            for line in error.errors { Terminal.error("configuration: " + line) }
            throw ExitCode(78)
        } catch {
            Terminal.error("serve: \(error)")
            throw ExitCode(1)
        }
    }

    /// Logs what this release does not do, so that nobody relies on an accepted setting without effect.
    private static func tellWhatIsNotThere(_ configuration: AlmanacConfiguration, _ logger: Logger) {
        logger.notice("not in this release: \(UnbuiltSettings.features.joined(separator: ", "))")
        if !configuration.unbuilt.isEmpty {
            logger.warning("set, and without effect in this release: \(configuration.unbuilt.joined(separator: ", "))")
        }
    }
}
