/// The commands on a new connection before it serves.
struct RedisGreeting: Sendable {
    struct Step: Sendable {
        /// Names the step in an error, without its arguments.
        let name: String
        let bytes: [UInt8]

        init(_ command: RedisCommand, name: String) {
            self.name = name
            bytes = Hiredis.encode(command)
        }
    }

    let steps: [Step]

    init(_ address: RedisAddress, scripts: [RedisScript], role: RedisRole) {
        var steps: [Step] = []
        if let credential = address.credential {
            var command = RedisCommand("AUTH")
            if let user = credential.user { command.add(user) }
            command.add(credential.password)
            steps.append(Step(command, name: "AUTH"))
        }
        if role == .commands {
            if address.database != 0 {
                steps.append(Step(RedisCommand("SELECT", String(address.database)), name: "SELECT"))
            }
            steps += Self.loading(scripts)
        }
        // If we may not do this, or the server is still loading data, we cannot use it.
        steps.append(Step(Self.ping, name: "PING"))
        self.steps = steps
    }

    static func loading(_ scripts: [RedisScript]) -> [Step] {
        scripts.map { Step(RedisCommand("SCRIPT", "LOAD", $0.text), name: "SCRIPT LOAD") }
    }

    static let ping = RedisCommand("PING")
}
