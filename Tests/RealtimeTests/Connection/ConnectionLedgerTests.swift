import NIOCore
import Testing

@testable import Realtime

@Suite struct ConnectionLedgerTests {
    private static func ledger(total: Int = 10, perAddress: Int = 2, reserve: Int = 1) -> ConnectionLedger {
        var bounds = ConnectionLedger.Bounds()
        (bounds.total, bounds.perAddress, bounds.reserve) = (total, perAddress, reserve)
        bounds.isTrusted = { $0.first == 127 }
        return ConnectionLedger(bounds)
    }

    private static func address(_ text: String) throws -> SocketAddress { try SocketAddress(ipAddress: text, port: 1) }

    @Test func anAddressHasSoManyAndOthersHaveTheirs() throws {
        let ledger = Self.ledger()
        let places = try (0..<2).map { _ in ledger.enter(try Self.address("192.0.2.1")) }
        #expect(places.allSatisfy { $0?.isReserve == false })
        #expect(ledger.enter(try Self.address("192.0.2.1"))?.isReserve == true)
        #expect(ledger.enter(try Self.address("192.0.2.1")) == nil)
        #expect(ledger.enter(try Self.address("192.0.2.2"))?.isReserve == false)
        ledger.leave(try #require(places[0]))
        #expect(ledger.enter(try Self.address("192.0.2.1"))?.isReserve == false)
    }

    @Test func oneAddressHasPartOfTheReserve() throws {
        let ledger = Self.ledger(reserve: 10)
        for _ in 0..<2 { #expect(ledger.enter(try Self.address("192.0.2.1"))?.isReserve == false) }
        let kept = try (0..<4).map { _ in try #require(ledger.enter(try Self.address("192.0.2.1"))) }
        #expect(kept.allSatisfy { $0.isReserve })
        #expect(ledger.enter(try Self.address("192.0.2.1")) == nil)
        for _ in 0..<2 { #expect(ledger.enter(try Self.address("192.0.2.2"))?.isReserve == false) }
        #expect(ledger.enter(try Self.address("192.0.2.2"))?.isReserve == true)
        ledger.leave(kept[0])
        #expect(ledger.enter(try Self.address("192.0.2.1"))?.isReserve == true)
    }

    @Test func aNetworkOfIPv6CountsAsOne() throws {
        let ledger = Self.ledger(reserve: 0)
        for host in ["2001:db8::1", "2001:db8::2:1"] { #expect(ledger.enter(try Self.address(host)) != nil) }
        #expect(ledger.enter(try Self.address("2001:db8::3")) == nil)
        #expect(ledger.enter(try Self.address("2001:db8:0:1::3")) != nil)
        // An IPv4 address is the same in both ways of writing it.
        for host in ["192.0.2.1", "::ffff:192.0.2.1"] { #expect(ledger.enter(try Self.address(host)) != nil) }
        #expect(ledger.enter(try Self.address("192.0.2.1")) == nil)
    }

    @Test func whoSpeaksForManyIsHeldToTheTotal() throws {
        let ledger = Self.ledger(total: 5)
        for _ in 0..<5 { #expect(ledger.enter(try Self.address("127.0.0.1"))?.isReserve == false) }
        let kept = ledger.enter(try Self.address("127.0.0.1"))
        #expect(kept?.isReserve == true)
        #expect(ledger.enter(try Self.address("192.0.2.9")) == nil)
        ledger.leave(try #require(kept))
        #expect(ledger.count == 5)
        #expect(ledger.enter(try Self.address("192.0.2.9"))?.isReserve == true)
    }
}
