import ArgumentParser

@main
struct AlmanacBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "almanac-bench",
        abstract: "Measurements that need the inside of the server.",
        subcommands: [SlotBenchmark.self, BenchServer.self, EchoServer.self]
    )
}
