import TestSupport
import Scheduling
import Testing

@testable import AlmanacRuntime

@Suite struct SecretsTests {
    private let secrets = Secrets(key: Array(0..<32))!
    private let id = ID(high: 0x0123_4567_89AB_7DEF, low: 0x8123_4567_89AB_CDEF)

    @Test(arguments: [0, 16, 31, 33, 64])
    func aKeyOfAnotherLengthIsRefused(length: Int) {
        #expect(Secrets(key: Array(repeating: 7, count: length)) == nil)
    }

    @Test func aTokenNamesItsID() {
        let token = secrets.token("hold", id)
        #expect(secrets.id("hold", token: token) == id)
        #expect(token.count == 43)
        #expect(token == secrets.token("hold", id))
    }

    @Test func aTokenOfAnotherPurposeOrAnotherKeyIsRefused() {
        let token = secrets.token("hold", id)
        let others = Secrets(key: Array(1..<33))!
        for purpose in ["manage", "hol", "hold ", "", "Hold"] { #expect(secrets.id(purpose, token: token) == nil) }
        #expect(others.id("hold", token: token) == nil)
    }

    @Test func aTokenWithAnyBitChangedIsRefused() throws {
        let bytes = try #require(Base64URL.decode(secrets.token("hold", id)))
        for bit in 0..<(bytes.count * 8) {
            var altered = bytes
            altered[bit / 8] ^= 1 << (bit % 8)
            #expect(secrets.id("hold", token: Base64URL.encode(altered)) == nil, "bit \(bit)")
        }
    }

    @Test func whatIsNoTokenIsRefused() {
        let token = secrets.token("hold", id)
        let others = ["", "x", token + "A", String(token.dropLast()), token + "=", "é" + token, token.uppercased()]
        for text in others { #expect(secrets.id("hold", token: text) == nil, "\(text)") }
        #expect(secrets.id("hold", token: String(repeating: "A", count: 1_000_000)) == nil)
    }

    /// One token, one spelling: the spare bits of the last character are not a second way to write it.
    @Test func aTokenHasOneSpelling() {
        let token = secrets.token("hold", id)
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        let spellings = alphabet.filter { secrets.id("hold", token: token.dropLast() + String($0)) != nil }
        #expect(spellings.count == 1)
    }

    @Test func whatWasSealedIsOpenedAndNothingElseIs() throws {
        let text = Array("an answer".utf8)
        let sealed = try #require(secrets.seal(text, for: place))
        #expect(secrets.open(sealed, from: place) == text)
        #expect(sealed != secrets.seal(text, for: place))
        #expect(Secrets(key: Array(1..<33))!.open(sealed, from: place) == nil)
        for index in sealed.indices {
            var altered = sealed
            altered[index] ^= 1
            #expect(secrets.open(altered, from: place) == nil, "byte \(index)")
        }
        #expect(secrets.open([], from: place) == nil)
        #expect(secrets.open(Array(sealed.dropLast()), from: place) == nil)
        #expect(secrets.seal([], for: place).flatMap { secrets.open($0, from: place) } == [])
    }

    private let place = SealContext("table.column", [[1], [2, 3]])

    /// Another purpose, another row, and parts that only look the same when they are put together.
    @Test(arguments: [
        SealContext("table.other", [[1], [2, 3]]), SealContext("table.column", [[1], [2, 4]]),
        SealContext("table.column", [[1, 2], [3]]), SealContext("table.column", [[1], [2, 3], []]),
        SealContext("table.column", [[2, 3], [1]]), SealContext("table.column", []),
    ])
    func whatWasSealedOpensInItsPlaceOnly(other: SealContext) throws {
        let sealed = try #require(secrets.seal([1, 2, 3], for: place))
        #expect(secrets.open(sealed, from: other) == nil)
        #expect(secrets.open(sealed, from: place) == [1, 2, 3])
    }

    @Test func aFingerprintTellsKeysApartAndIsNoKey() {
        #expect(secrets.fingerprint == Secrets(key: Array(0..<32))?.fingerprint)
        #expect(secrets.fingerprint.count == 32 && secrets.fingerprint != Array(0..<32))
        #expect(secrets.fingerprint != Secrets(key: Array(1..<33))?.fingerprint)
    }

    @Test func aProofIsOfItsPartsAndItsInstallation() {
        let proof = secrets.proof(place)
        #expect(secrets.isProof(proof, place))
        #expect(!secrets.isProof(proof, SealContext("table.column", [[1]])))
        #expect(Secrets(key: Array(1..<33))?.isProof(proof, place) == false)
        for text in ["", "x", proof + "A", String(proof.dropLast()), String(repeating: "é", count: 1_000)] {
            #expect(!secrets.isProof(text, place), "\(text)")
        }
    }

    @Test func theDigestIsSHA256() {
        // FIPS 180-2, "abc".
        let digest = Secrets.digest("abc".utf8)
        #expect(digest.prefix(4) == [0xBA, 0x78, 0x16, 0xBF])
        #expect(digest.count == 32)
    }
}

@Suite struct Base64URLTests {
    /// RFC 4648 §10, without the padding.
    @Test(arguments: [
        ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
        ("foobar", "Zm9vYmFy"),
    ])
    func bytesAndTextMatch(bytes: String, text: String) {
        #expect(Base64URL.encode(Array(bytes.utf8)) == text)
        #expect(Base64URL.decode(text) == Array(bytes.utf8))
    }

    @Test func everyLengthComesBack() {
        var random = SplitMix(seed: 5)
        for length in 0..<130 {
            let bytes = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        }
        #expect(Base64URL.encode([0xFB, 0xFF]) == "-_8")
    }

    @Test(arguments: ["A", "AAAAA", "Zg==", "+_8", "/_8", "Zm 9", "Zm9v\n", "Zé9v", "Zm9v\u{0}"])
    func whatIsNotOfTheAlphabetIsRefused(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }
}
