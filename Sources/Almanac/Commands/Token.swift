import PostgresDriver
import SQL
import AlmanacRuntime
import ArgumentParser
import HTTP
import Scheduling
import TenantActors

struct Token: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Mint a JWT, or an API key with --api-key.",
        discussion:
            "A JWT needs jwt.secret. An API key is written into the database; a running server takes it at once."
    )

    @OptionGroup var common: CommonOptions

    @Option(name: .long, help: "The organization's id.")
    var organization: String

    @Option(name: .long, parsing: .upToNextOption, help: "Scopes, for instance calendars:read appointments:write.")
    var scope: [String] = Scope.allCases.map(\.rawValue)

    @Option(name: .long, help: "The JWT's subject.")
    var subject = "operator"

    @Option(name: .long, help: "How long the JWT is valid, in minutes.")
    var minutes = 60

    @Flag(name: .long, help: "Mint an API key instead of a JWT.")
    var apiKey = false

    @Option(name: .long, help: "The API key's name.")
    var name = "Minted on the command line"

    func validate() throws {
        guard ID(organization) != nil else { throw ValidationError("--organization must be a UUID") }
        guard !scope.isEmpty else { throw ValidationError("--scope must name at least one scope") }
        for scope in scope where Scope(rawValue: scope) == nil {
            let known = Scope.allCases.map(\.rawValue).joined(separator: " ")
            throw ValidationError("--scope \(scope) is not known; there are: \(known)")
        }
        guard (1...525_600).contains(minutes) else { throw ValidationError("--minutes must be from 1 to 525600") }
        guard (1...200).contains(name.unicodeScalars.count) else {
            throw ValidationError("--name must have 1 to 200 characters")
        }
    }

    func run() async throws {
        let configuration = try await common.load()
        if apiKey {
            try await mintKey(configuration)
            return
        }
        guard let jwt = configuration.jwt else {
            Terminal.error("token: set jwt.secret (ALMANAC_JWT_SECRET), or use --api-key")
            throw ExitCode(1)
        }
        Terminal.print(
            try await JWTMinter.mint(
                jwt, subject: subject, organization: organization, scopes: scope, lifetime: minutes * 60
            )
        )
    }

    /// First connects once, so that an unusable server gives its own error and not a timeout.
    private static func open(_ settings: PostgresConfiguration) async throws(StoreError) -> PostgresDatabase {
        try await PostgresDatabase.examine(settings)
        return try PostgresDatabase(settings, logger: Terminal.silent)
    }

    private func mintKey(_ configuration: AlmanacConfiguration) async throws {
        guard let organizationID = ID(organization) else { return }
        do {
            let database: any Database =
                switch configuration.database {
                case .sqlite(let path): try SQLiteDatabase(path: path, isExclusive: false)
                case .postgres(let url): try await Self.open(PostgresConfiguration(url: url))
                }
            let rows = try await database.query(
                "SELECT 1 FROM organizations WHERE id = $1 AND deleted_at IS NULL", [.id(organizationID)],
                for: organizationID
            )
            guard !rows.isEmpty else {
                Terminal.error("token: there is no organization \(organization)")
                throw ExitCode(1)
            }
            let clock = SystemClock()
            let (key, change) = APIKey.minting(
                name: name, scopes: Set(scope.compactMap(Scope.init)), organizationID: organizationID,
                ids: IDGenerator(clock: clock), now: clock.now(), principal: "command_line"
            )
            guard case .committed? = await database.commit([change]).first else {
                Terminal.error("token: the key could not be written")
                throw ExitCode(1)
            }
            Terminal.print(key.secret)
        } catch let error as StoreError {
            Terminal.error("token: " + Terminal.explain(error))
            throw ExitCode(1)
        }
    }
}
