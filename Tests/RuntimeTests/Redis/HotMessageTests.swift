import Testing

@testable import AlmanacRuntime

@Suite struct HotMessageTests {
    private let keys = HotKeys(Secrets(key: Array(0..<32))!)

    private func write(_ base: HotVersion?, _ version: HotVersion, _ payload: [UInt8]) -> HotWrite {
        HotWrite(key: "k", base: base, version: version, message: payload)
    }

    @Test(
        arguments: [
            (nil, HotVersion(epoch: 1, seq: 2), []),
            (HotVersion(epoch: 0, seq: 0), HotVersion(epoch: 0, seq: 1), [10, 0, 255]),
            (HotVersion(epoch: .min, seq: .min), HotVersion(epoch: .max, seq: .max), Array("1 2 3 4\n".utf8)),
        ] as [(HotVersion?, HotVersion, [UInt8])])
    func itIsReadAsItWasWritten(base: HotVersion?, version: HotVersion, payload: [UInt8]) throws {
        let message = HotMessage(write(base, version, payload))
        let sealed = try #require(message.sealed(keys.pair("k")))
        #expect(HotMessage(sealed, keys.pair("k")) == message)
        #expect(message.payload == payload && message.base == base)
        // It is of this calendar only.
        #expect(HotMessage(sealed, keys.pair("l")) == nil)
    }

    /// Another version above all: a number that nobody reached would stop whoever believes it.
    @Test func noByteMayBeAltered() throws {
        let versions = (HotVersion(epoch: 1, seq: 2), HotVersion(epoch: 1, seq: 3))
        let sealed = try #require(HotMessage(write(versions.0, versions.1, [1, 2, 3])).sealed(keys.pair("k")))
        for index in sealed.indices {
            for bit in 0..<8 {
                var altered = sealed
                altered[index] ^= 1 << bit
                #expect(HotMessage(altered, keys.pair("k")) == nil, "byte \(index)")
            }
        }
        for length in sealed.indices { #expect(HotMessage(Array(sealed[..<length]), keys.pair("k")) == nil) }
    }

    @Test(arguments: ["", "\n", "- - 1 9223372036854775807\n", "1 1 1 9223372036854775807\nx", "a b c d\n"])
    func whatIsNotAMessageIsNotRead(text: String) {
        #expect(HotMessage(Array(text.utf8), keys.pair("k")) == nil)
    }
}
