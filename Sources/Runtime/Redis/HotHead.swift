import Crypto

/// The beginning of a value of hot state: its version, and a proof that an owner set it.
///
/// 72 bytes: the two numbers in 20 digits each, which Redis's scripts compare as text, and an HMAC-SHA256 of them under
/// the calendar's key. Each version has one head, so equal bytes mean equal versions.
struct HotHead: Sendable, Hashable {
    static let size = 72

    let bytes: [UInt8]

    init(_ version: HotVersion, _ keys: HotKeys.Pair) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.size)
        Self.write(version.epoch, to: &bytes)
        Self.write(version.seq, to: &bytes)
        bytes.append(contentsOf: HMAC<SHA256>.authenticationCode(for: bytes, using: keys.proving))
        self.bytes = bytes
    }

    /// The version at the beginning of the bytes; nil unless this installation wrote them for this calendar.
    static func version(_ bytes: some RandomAccessCollection<UInt8>, _ keys: HotKeys.Pair) -> HotVersion? {
        let bytes = Array(bytes.prefix(size))
        guard bytes.count == size, let epoch = number(bytes[0..<20]), let seq = number(bytes[20..<40]),
            HMAC<SHA256>.isValidAuthenticationCode(bytes[40...], authenticating: bytes[0..<40], using: keys.proving)
        else { return nil }
        return HotVersion(epoch: epoch, seq: seq)
    }

    /// Shifted by 2⁶³, so that the order of the texts is that of the numbers.
    private static func write(_ number: Int64, to bytes: inout [UInt8]) {
        var rest = UInt64(bitPattern: number) ^ (1 << 63)
        var digits = [UInt8](repeating: 0x30, count: 20)
        for place in digits.indices.reversed() {
            digits[place] += UInt8(rest % 10)
            rest /= 10
        }
        bytes.append(contentsOf: digits)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        var value: UInt64 = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            let (tens, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, isBeyond) = tens.addingReportingOverflow(UInt64(digit - 0x30))
            guard !isTooLarge, !isBeyond else { return nil }
            value = sum
        }
        return Int64(bitPattern: value ^ (1 << 63))
    }
}
