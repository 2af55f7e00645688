import PostgresDriver
import SQL
import AlmanacChannels
import AlmanacRuntime
import ArgumentParser
import Foundation
import Scheduling
import Server

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check configuration, database, Redis, mail and time zones; say what is wrong and how to mend it."
    )

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let configuration = try await common.load()
        var examination = Examination()
        examination.ok("configuration", "read and valid")
        Self.secrets(configuration, &examination)
        Self.unbuilt(configuration, &examination)
        await Self.addresses(configuration, &examination)
        if await Self.database(configuration, &examination) { await Self.write(configuration, &examination) }
        await Self.redis(configuration, &examination)
        await Self.mail(configuration, &examination)
        Self.zones(configuration, &examination)
        if examination.problems > 0 { throw ExitCode(1) }
    }

    private static func secrets(_ configuration: AlmanacConfiguration, _ examination: inout Examination) {
        if configuration.operatorToken == nil {
            examination.note(
                "operator.token", "is not set: /platform answers 401 to everybody; set it to make organizations")
        } else if let token = configuration.operatorToken, token.utf8.count < 16 {
            examination.note(
                "operator.token",
                "is short: whoever guesses it owns every organization; use 16 or more random characters")
        } else {
            examination.ok("operator.token", "set")
        }
        if configuration.jwt == nil {
            examination.note("jwt.secret", "is not set: only API keys are accepted")
        } else {
            examination.ok("jwt.secret", "set")
        }
        if configuration.encryptionKey == nil {
            examination.note(
                "encryption.key", "is not set: a key is made and kept beside the database; back it up with it")
        } else {
            examination.ok("encryption.key", "set")
        }
    }

    private static func unbuilt(_ configuration: AlmanacConfiguration, _ examination: inout Examination) {
        for name in configuration.unbuilt { examination.note(name, "is set, and has no effect in this release") }
    }

    /// Whether a booking could be written to the database.
    private static func database(
        _ configuration: AlmanacConfiguration, _ examination: inout Examination
    ) async -> Bool {
        switch configuration.database {
        case .sqlite(let path): sqlite(path, configuration.encryptionKey, &examination)
        case .postgres(let url):
            await postgres(PostgresConfiguration(url: url), configuration.encryptionKey, &examination)
        }
    }

    private static func postgres(
        _ settings: PostgresConfiguration, _ key: [UInt8]?, _ examination: inout Examination
    ) async -> Bool {
        do throws(StoreError) {
            let pending = try await PostgresDatabase.migrator(settings).pendingCount()
            if pending > 0 {
                let isNew = try await PostgresDatabase.rehearse(settings)
                examination.ok("database", "PostgreSQL answers\(isNew ? ", and takes the schema" : "")")
                examination.note(
                    "schema", "\(pending) migrations are missing: run almanac migrate, or just serve, and ask again")
                return !isNew
            }
            examination.ok("schema", "current")
            try await PostgresDatabase.examine(settings)
            examination.ok("database", "PostgreSQL answers, fsync on, row security in force")
            if let secrets = key.flatMap({ Secrets(key: $0) }) {
                let standing = try await PostgresDatabase.standing(of: secrets.fingerprint, settings)
                tell(standing, advice: KeyAdvice.otherNode, &examination)
            }
            return true
        } catch {
            let advice = error.words == nil ? ": look at database.url and the server" : ""
            examination.problem("database", "PostgreSQL: \(Terminal.explain(error))\(advice)")
            return false
        }
    }

    /// Reports whether the key is the one that the database knows.
    private static func tell(_ standing: KeyStanding, advice: String, _ examination: inout Examination) {
        switch standing {
        case .unused:
            examination.note("encryption key:", "no server has used this database: the first one's key counts")
        case .same: examination.ok("encryption key", "the one that the database was first served with")
        case .other: examination.problem("encryption key", advice)
        }
    }

    private static func sqlite(_ path: String, _ key: [UInt8]?, _ examination: inout Examination) -> Bool {
        // The folder, or the nearest one that exists, in which it would be made.
        var folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        while !FileManager.default.fileExists(atPath: folder.path), folder.path != "/" {
            folder.deleteLastPathComponent()
        }
        if let reason = FolderTrial.run(folder.path) {
            examination.problem(
                "database",
                "\(folder.path) is not a folder that this user can write to (\(reason)): change its owner, or database.url"
            )
            return false
        }
        guard FileManager.default.fileExists(atPath: path) else {
            examination.note("database", "\(path) does not exist yet: serve or migrate makes it")
            try? self.key(key, beside: path, nil, &examination)
            return false
        }
        do {
            let store = try SQLiteStore(path: path)
            defer { store.close() }
            let pending = try SQLiteMigrator(store).pendingCount()
            if pending > 0 {
                examination.note("schema", "\(pending) migrations are missing: run almanac migrate, or just serve")
            } else {
                examination.ok("schema", "current")
            }
            // A database without a schema knows no key. The key file must be valid all the same.
            try self.key(key, beside: path, pending > 0 ? nil : store, &examination)
            let damage = try store.damage()
            if damage.isEmpty {
                examination.ok("database", "\(path): sound, synchronous FULL, WAL")
            } else {
                examination.problem("database", "\(damage.joined(separator: "; ")): restore a backup")
            }
        } catch let error where error.code == .locked {
            examination.ok("database", "\(path) is being served; its state is not looked into from here")
        } catch {
            examination.problem("database", "\(path): \(Terminal.explain(error))")
            return false
        }
        return true
    }

    private static func tell(_ error: ConfigurationError, _ examination: inout Examination) {
        for line in error.errors { examination.problem("encryption key", line) }
    }

    private static func key(
        _ given: [UInt8]?, beside path: String, _ store: SQLiteStore?, _ examination: inout Examination
    ) throws(StoreError) {
        let file = KeyFile(beside: path)
        var found = given
        do throws(ConfigurationError) {
            if found == nil { found = try file.existing() }
        } catch {
            return tell(error, &examination)
        }
        guard let store else { return }
        guard let secrets = found.flatMap({ Secrets(key: $0) }) else {
            guard try store.hasKey() else { return tell(.unused, advice: "", &examination) }
            return examination.problem("encryption key", KeyAdvice.missingFile(file))
        }
        let advice = given == nil ? KeyAdvice.otherFile(file) : KeyAdvice.otherSetting(file)
        tell(try store.standing(of: secrets.fingerprint), advice: advice, &examination)
    }

    private static func mail(_ configuration: AlmanacConfiguration, _ examination: inout Examination) async {
        guard let mail = configuration.settings(EmailSettings.self) else {
            examination.note("mail:", "not configured, messages go to the log; set smtp.url and mail.from to send them")
            return
        }
        switch await SMTPTransport.probe(mail) {
        case .ready(let isEncrypted, let isAuthenticated):
            let encryption = isEncrypted ? "encrypted" : "not encrypted"
            let login = isAuthenticated ? ", logged in" : ""
            examination.ok("mail", "\(mail.host):\(mail.port) answers, \(encryption)\(login)")
        case .problem(let advice):
            examination.problem("mail", advice)
        }
    }

    private static func zones(_ configuration: AlmanacConfiguration, _ examination: inout Examination) {
        let zones = ZoneDatabase(directory: configuration.zones.directory)
        let count = zones.ids.count
        let sound = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"].allSatisfy {
            (try? zones.zone($0)) != nil
        }
        if count > 300, sound {
            examination.ok("time zones", "\(count) in \(zones.directory)")
        } else {
            examination.problem(
                "time zones", "\(zones.directory) is missing or not whole: install tzdata, or set zones.directory")
        }
    }
}

/// Prints findings as the checks make them.
struct Examination {
    private(set) var problems = 0

    func ok(_ what: String, _ finding: String) { Terminal.print("ok       \(what): \(finding)") }

    func note(_ what: String, _ finding: String) { Terminal.print("note     \(what) \(finding)") }

    mutating func problem(_ what: String, _ finding: String) {
        problems += 1
        Terminal.print("problem  \(what): \(finding)")
    }
}
