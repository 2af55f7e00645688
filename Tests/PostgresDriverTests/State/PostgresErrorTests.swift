@testable import SQL
@testable import PostgresDriver
import Testing

@Suite struct PostgresErrorTests {
    @Test(arguments: [
        "40001", "40P01", "55P03", "57014", "57P01", "57P02", "57P03", "57P05", "53100", "53300", "08006", "08001",
        "25006", "25P03", "26000", "28P01", "3D000", "58030", "",
    ])
    func whatMayWorkLaterIsUnavailable(_ sqlState: String) {
        #expect(PostgresError(sqlState: sqlState, statement: nil).code == .unavailable)
    }

    @Test(arguments: [
        "23505", "23503", "23514", "23P01", "22021", "22P02", "42601", "42P01", "42501", "0A000", "08P01", "P0001",
        "25P02", "54000", "XX000",
    ])
    func whatWillNotIsTheStatements(_ sqlState: String) {
        #expect(PostgresError(sqlState: sqlState, statement: nil).code == .statement)
    }

    @Test(arguments: ["XX001", "XX002"]) func damageIsCorrupt(_ sqlState: String) {
        #expect(PostgresError(sqlState: sqlState, statement: nil).code == .corrupt)
    }

    @Test func theFateOfAUnitThatWasNotAnswered() {
        let unsent: [PoolFailure] = [.full, .closed, .cancelled, .late(isConnected: true), .late(isConnected: false)]
        for failure in unsent { #expect(PostgresError(failure).code == .unavailable) }
        for failure in [PoolFailure.overdue(.read), .lost(.read)] {
            #expect(PostgresError(failure).code == .unavailable)
        }
        for failure in [PoolFailure.overdue(.write), .lost(.write)] {
            #expect(PostgresError(failure).code == .unknownOutcome)
        }
    }

    @Test func itSaysWhatAndWhere() {
        let error = PostgresError(sqlState: "23P01", statement: "slots.insert", constraint: "no_overlap")
        #expect(error.description == "statement: PostgreSQL 23P01 by no_overlap in slots.insert")
        #expect(
            PostgresError(.lost(.write), because: "57P01").description
                == "unknown_outcome: the connection to PostgreSQL was lost: 57P01"
        )
    }
}
