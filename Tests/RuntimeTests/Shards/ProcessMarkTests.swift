import Foundation
import Testing

@testable import AlmanacRuntime

struct ProcessMarkTests {
    @Test func thisProcessRuns() {
        #expect(!ProcessMark.current.text.isEmpty)
        #expect(!ProcessMark.current.hasEnded)
    }

    @Test func oneThatWasKilledHasEnded() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sleep")
        process.arguments = ["100"]
        try process.run()
        let parts = ProcessMark.current.text.split(separator: "/")
        let stat = try String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)
        let begin = try #require(stat.split(separator: ")").last?.split(separator: " ").dropFirst(19).first)
        let mark = ProcessMark(text: "\(parts[0])/\(parts[1])/\(process.processIdentifier)/\(begin)")
        #expect(!mark.hasEnded)
        process.terminate()
        process.waitUntilExit()
        #expect(mark.hasEnded)
    }

    @Test func aNumberThatWasUsedAgainIsAnotherProcess() {
        let parts = ProcessMark.current.text.split(separator: "/")
        #expect(ProcessMark(text: "\(parts[0])/\(parts[1])/\(parts[2])/1").hasEnded)
    }

    @Test(arguments: ["", "x", "a/b/c/d", "other-boot/1/999999/5"])
    func ofOtherMachinesNothingIsKnown(text: String) { #expect(!ProcessMark(text: text).hasEnded) }
}
