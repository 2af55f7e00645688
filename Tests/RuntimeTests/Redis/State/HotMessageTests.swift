import Testing

@testable import AlmanacRuntime

@Suite struct HotMessageTests {
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
        #expect(HotMessage(message.bytes) == message)
        #expect(message.payload == payload && message.base == base)
    }

    @Test(arguments: ["", "\n", "1 2 3\n", "- - 1\n", "- 1 2 3\n", "1 - 2 3\n", "a b c d\n", "1 2 3 4", "1  2 3 4\n"])
    func whatIsNotAMessageIsNotRead(text: String) {
        #expect(HotMessage(Array(text.utf8)) == nil)
    }

    @Test func aLineWithoutAnEndIsNotSearched() {
        #expect(HotMessage([UInt8](repeating: 0x31, count: 1 << 20)) == nil)
    }
}
