import Foundation
import Testing

/// No statement is built from values: what a statement is about is bound to its placeholders.
///
/// The rule: into a text that reads like SQL nothing is put, and nothing is joined to it by `+`, but
/// - a placeholder's number (`$\(n)`),
/// - another text in quotes,
/// - the parts listed here, each of which is made of constants and placeholders where it is made.
@Suite struct StatementTextTests {
    /// By the file's name: names of columns and tables, lists of placeholders, pieces of statements.
    private static let parts: [String: Set<String>] = [
        "DispatchReads.swift": ["NoticeQuery.columns"],
        "APIKeyDirectory.swift": ["organization"],
        "OrganizationQueries.swift": [
            "OrganizationRecord.selection", "CalendarRecord.selection", "condition", "ShareReads.columns", "places",
        ],
        "MembershipQueries.swift": ["Member.table.columns", "Team.table.columns", "places"],
        "ShareReads.swift": ["columns"],
        "VisibleCalendars.swift": ["names", "name", "moment", "least", "isGiven", "one", "bySubject"],
        "ContactQueries.swift": ["Contact.columns"],
        "PostgresEvents.swift": ["found"],
        "CalendarActor+Activation.swift": ["CalendarRecord.selection"],
        "CalendarActor+Days.swift": ["CalendarClock.selection"],
        "AppointmentQueries.swift": ["Appointment.selection", "condition", "places", "visible", "whole"],
        "CalendarWrites.swift": [
            "settings.names", "settings.places(from: 4)", "settings.settings(from: 4)",
        ],
        "FieldTable.swift": ["name", "fields.names", "fields.places(from: 4)", "fields.settings(from: 6)"],
        "CalendarRecord+SQL.swift": ["settingsNames"],
        "OpeningRuleTable.swift": ["name", "names", "places", "settings", "number", "list"],
        "StoredOpeningRules+SQL.swift": ["tables", "week", "hours"],
        "ReplicaReads.swift": ["places", "CalendarRecord.selection", "ShareReads.edition"],
        "NamedRead.swift": ["name", "places"],
        "BatchSQL.swift": [
            "arrays", "names", "body", "list", "named[..<values.lowerBound]", "named[named.index(after: close)...]",
            "sql[..<place.lowerBound]", "sql[place.lowerBound...]", "join", "name",
        ],
        "PostgresLeaseStore.swift": ["channel"],
        "ListenState.swift": ["Self.quote($0)"],
        "DeliveryStore.swift": ["Delivery.selection", "condition"],
        "DeliveryWrites.swift": ["claimed", "tenants"],
        // What is said of a setting, and no statement.
        "SQLiteStore.swift": ["journal"],
    ]

    private static func readsLikeSQL(_ text: String) -> Bool {
        text.contains(
            #/
            \b(SELECT|INSERT\ INTO|UPDATE\ [a-z_]+|DELETE\ FROM|VALUES|RETURNING|ORDER\ BY|GROUP\ BY|LIMIT|SET\ [a-z_]+\ ?(=|TO)|
            (LISTEN|NOTIFY|FROM|JOIN|WHERE|SET\ ROLE|TABLE|PRAGMA)\ )|(AND|OR)\ [a-z_.]+\ ?(=|<|>|IN|LIKE|IS)
            |\b[a-z_]+\.[a-z_]+\ (=|<|>|>=|<=|IN|LIKE)(\ |$)
            /#
        )
    }

    /// What breaks the rule in a source.
    static func faults(_ source: String, allowed: Set<String> = []) -> [String] {
        StringLiterals(source).found.flatMap { literal -> [String] in
            guard readsLikeSQL(literal.text) else { return [] }
            var before: [Character] = []
            var previous: Character = " "
            for character in literal.text {
                if character == StringLiteral.mark { before.append(previous) }
                previous = character
            }
            let put = zip(literal.interpolations, before).filter { expression, character in
                character != "$" && !allowed.contains(expression)
            }
            let joined = literal.joined.filter { !allowed.contains($0) }
            return put.map { "\\(\($0.0)) in \(literal.text.prefix(60))" }
                + joined.map { "\($0) joined to \(literal.text.prefix(60))" }
        }
    }

    @Test func noStatementOfTheProgramIsBuiltFromValues() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../Sources").standardized
        let files = try #require(FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil))
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
        #expect(files.count > 200)
        var unused = Self.parts
        for file in files {
            let name = file.lastPathComponent
            let source = try String(contentsOf: file, encoding: .utf8)
            let faults = Self.faults(source, allowed: Self.parts[name] ?? [])
            #expect(faults.isEmpty, "\(name): \(faults.joined(separator: "; "))")
            for part in Self.parts[name] ?? [] where source.contains(part) { unused[name]?.remove(part) }
        }
        // A list that outlives what it allows would allow something else one day.
        let left = unused.filter { !$0.value.isEmpty }
        #expect(left.isEmpty)
    }

    @Test(arguments: [
        #"query("SELECT id FROM calendars WHERE name = '\(name)'")"#,
        #"query("SELECT id FROM calendars WHERE name = " + name)"#,
        #"query("SELECT id FROM calendars WHERE name = '" + name + "'")"#,
        #"query(prefix + " WHERE id = $1")"#,
        #"query("DELETE FROM \(table) WHERE id = $1")"#,
        #"query("SELECT id FROM calendars ORDER BY \(column) LIMIT 5")"#,
        "query(\"\"\"\n  UPDATE calendars SET name = '\\(name)'\n  WHERE id = $1\n  \"\"\")",
        #"conditions.append("a.status = '\(status)'")"#,
        ##"query(#"SELECT id FROM calendars WHERE slug = '\#(slug)'"#)"##,
        #"outer("\(query("SELECT 1 FROM calendars WHERE id = \(id)"))")"#,
        #"execute("SET ROLE \(role)")"#,
    ])
    func whatIsBuiltFromValuesIsFound(source: String) {
        #expect(Self.faults(source).count >= 1)
    }

    @Test(arguments: [
        #"query("SELECT id FROM calendars WHERE name = $1", [.text(name)])"#,
        #"conditions.append("a.status = $\(arguments.count)")"#,
        #"query("SELECT id FROM calendars" + " WHERE id = $1")"#,
        #"// query("SELECT id FROM calendars WHERE name = '\(name)'")"#,
        #"logger.info("calendar \(id) is gone, and so is \(name)")"#,
    ])
    func whatIsNotIsLeftAlone(source: String) {
        #expect(Self.faults(source).isEmpty)
    }
}
