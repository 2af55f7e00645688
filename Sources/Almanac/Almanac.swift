import AlmanacRuntime
import ArgumentParser

@main
struct Almanac: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "almanac",
        abstract: "Calendars and bookings for multi-tenant SaaS.",
        discussion: """
            Settings are read from config/almanac.yaml and from ALMANAC_… environment variables, which win.
            A first server: almanac serve. A demo in it: almanac seed.
            """,
        version: Release.version,
        subcommands: [Serve.self, Migrate.self, Seed.self, Token.self, Doctor.self]
    )
}
