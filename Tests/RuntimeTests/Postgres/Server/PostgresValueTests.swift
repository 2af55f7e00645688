@testable import PostgresDriver
@testable import SQL
import Scheduling
import Testing

@testable import AlmanacRuntime

/// Every type there and back through the server, in binary.
@Suite(.needsPostgres, .ownDatabase, .timeLimit(.minutes(2))) struct PostgresValueTests {
    private static let samples: [(PostgresType, String, [SQLValue])] = [
        (.bool, "bool", [.bool(true), .bool(false)]),
        (.int2, "int2", [.integer(0), .integer(-1), .integer(32_767), .integer(-32_768)]),
        (.int4, "int4", [.integer(0), .integer(-1), .integer(Int64(Int32.max)), .integer(Int64(Int32.min))]),
        (.int8, "int8", [.integer(0), .integer(-1), .integer(.max), .integer(.min)]),
        (
            .text, "text",
            [
                .text(""), .text("a"), .text("naïve \u{1F4C5} \"quoted\" \\ {a,b} NULL\n\t"),
                .text(String(repeating: "x", count: 100_000)),
            ]
        ),
        (
            .bytea, "bytea",
            [.blob([]), .blob([0]), .blob(Array(0...255)), .blob([UInt8](repeating: 0xFF, count: 70_000))]
        ),
        (
            .uuid, "uuid",
            [.id(ID(high: 0, low: 0)), .id(ID(high: .max, low: .max)), .id(ID(high: 0x0123_4567_89AB_CDEF, low: 1))]
        ),
        (
            .timestamptz, "timestamptz",
            [
                .instant(Instant(microseconds: 0)), .instant(Instant(microseconds: -1)), .instant(.distantPast),
                .instant(.distantFuture), .instant(Instant(microseconds: 1_767_225_600_123_456)),
                .instant(Instant(microseconds: PostgresEncoder.epoch)),
            ]
        ),
        (.date, "date", [.text("0001-01-01"), .text("9999-12-31"), .text("1970-01-01"), .text("2000-02-29")]),
        (.json, "json", [.json(Array(#"{"b": 1,  "a": [null, "é"]}"#.utf8)), .json(Array("1".utf8))]),
        (.jsonb, "jsonb", [.json(Array(#"{"a": 1}"#.utf8)), .json(Array("null".utf8)), .json(Array(#""x""#.utf8))]),
    ]

    @Test(arguments: samples.indices) func aValueComesBackAsItWent(index: Int) async throws {
        let (type, name, values) = Self.samples[index]
        try await PostgresFixture.withPool { pool in
            for value in values + [.null] {
                var unit = PostgresUnit(.read)
                unit.add(PostgresStatement("SELECT $1::\(name)", [.one(type)]), values: [value])
                let rows = try await pool.rows(of: unit)
                #expect(rows.map(\.values) == [[value]])
            }
        }
    }

    @Test(arguments: samples.indices) func anArrayComesBackAsItWent(index: Int) async throws {
        let (type, name, values) = Self.samples[index]
        let arrays: [[SQLValue]] = [
            values, [], [.null], [.null] + values + [.null], Array(repeating: values[0], count: 1_000),
        ]
        try await PostgresFixture.withPool { pool in
            for array in arrays {
                var unit = PostgresUnit(.read)
                unit.add(PostgresStatement("SELECT $1::\(name)[], cardinality($1)", [.many(type)]), [.many(array)])
                // The form that array-bound statements use.
                unit.add(
                    PostgresStatement(
                        "SELECT v FROM unnest($1::\(name)[]) WITH ORDINALITY AS u(v, n) ORDER BY n", [.many(type)]),
                    [.many(array)]
                )
                let results = try await pool.run(unit)
                #expect(try results[0].array(0, 0) == array)
                #expect(try results[1].rows().map { $0.values[0] } == array)
            }
        }
    }

    /// The driver and the server agree on what the bytes mean, not only on keeping them.
    @Test func theServerReadsWhatWasMeant() async throws {
        try await PostgresFixture.withPool { pool in
            let sql = """
                SELECT $1::text, $2::text, ($3 AT TIME ZONE 'UTC')::text, $4->>'a', encode($5, 'hex'), ($6 + 1)::text
                """
            let rows = try await pool.query(
                sql,
                [
                    .bool(true), .id(ID(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)),
                    .instant(Instant(microseconds: 1_767_225_600_123_456)), .json(Array(#"{"a":"é"}"#.utf8)),
                    .blob([0xDE, 0xAD]), .integer(-43),
                ]
            )
            #expect(
                rows.map(\.values) == [
                    [
                        .text("true"), .text("01234567-89ab-cdef-fedc-ba9876543210"),
                        .text("2026-01-01 00:00:00.123456"),
                        .text("é"), .text("dead"), .text("-42"),
                    ]
                ]
            )
        }
    }

    @Test func whatTheServerMakesIsRead() async throws {
        try await PostgresFixture.withPool { pool in
            let rows = try await pool.query(
                """
                SELECT 1::int2, 2::int4, 3::int8, 'v'::varchar(9), 'c'::char(3), 'n'::name, 'x'::"char", NULL::int4,
                    '2024-02-29'::date, '-infinity'::timestamptz, 'infinity'::timestamptz, pg_notify('nobody', '')
                """
            )
            #expect(
                rows.map(\.values) == [
                    [
                        .integer(1), .integer(2), .integer(3), .text("v"), .text("c  "), .text("n"), .text("x"), .null,
                        .text("2024-02-29"), .instant(.distantPast), .instant(.distantFuture), .null,
                    ]
                ]
            )
        }
    }

    @Test(arguments: ["1.5::numeric", "1.5::float8", "'[1,2)'::int4range", "ARRAY[1]", "'1 day'::interval"])
    func aTypeThatIsNotReadIsCorrupt(expression: String) async throws {
        try await PostgresFixture.withPool { pool in
            let error = await #expect(throws: StoreError.self) { try await pool.query("SELECT \(expression)") }
            #expect(error?.code == .corrupt)
            // The connection is none the worse.
            let rows = try await pool.query("SELECT 1")
            #expect(rows.count == 1)
        }
    }

    @Test func anArrayOfTwoDimensionsIsCorrupt() async throws {
        try await PostgresFixture.withPool { pool in
            let result = try await pool.run(PostgresUnit(.read, "SELECT ARRAY[[1, 2], [3, 4]], NULL::int4[], 1"))
            #expect(throws: StoreError.self) { try result[0].array(0, 0) }
            #expect(try result[0].array(0, 1) == [])
            #expect(throws: StoreError.self) { try result[0].array(0, 2) }
            #expect(throws: StoreError.self) { try result[0].array(1, 0) }
            #expect(throws: StoreError.self) { try result[0].array(0, 3) }
        }
    }

    @Test func moreParametersThanTheProtocolHasAreRefused() async throws {
        try await PostgresFixture.withPool { pool in
            var unit = PostgresUnit(.read)
            unit.add(
                PostgresStatement("SELECT 1", Array(repeating: .one(.int8), count: 65_536)),
                values: Array(repeating: .integer(1), count: 65_536)
            )
            let error = await #expect(throws: PostgresError.self) { try await pool.run(unit) }
            #expect(error?.code == .statement)
        }
    }
}
