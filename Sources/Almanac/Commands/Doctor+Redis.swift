import RedisDriver
import AlmanacRuntime

extension Doctor {
    /// Checks whether Redis answers and supports what hot state needs.
    static func redis(_ configuration: AlmanacConfiguration, _ examination: inout Examination) async {
        guard let address = configuration.redis.address else {
            examination.note("redis.url", "is not set: one server runs alone, and starts cold")
            return
        }
        do throws(RedisError) {
            let store = try RedisHotStore(RedisConfiguration(address), secrets: nil, logger: Terminal.silent)
            if let reason = await store.attempt() {
                examination.problem("redis", "\(address): \(reason): \(advice(reason))")
            } else {
                await tickets(of: store, at: address, &examination)
            }
            await store.close()
        } catch {
            examination.problem("redis", "\(error)")
        }
    }

    /// Writes a value and removes it again: a full or read-only server answers, but is of no use.
    private static func tickets(
        of store: RedisHotStore, at address: RedisAddress, _ examination: inout Examination
    ) async {
        let name = "doctor-\(UInt64.random(in: 0 ... .max))"
        do throws(HotError) {
            try await store.put(name, [1], seconds: 10)
            if try await store.take(name) == [1] {
                examination.ok("redis", "\(address) answers, and keeps what it is given")
            } else {
                examination.problem("redis", "\(address) answers, and keeps nothing: look at its maxmemory and policy")
            }
        } catch {
            examination.problem("redis", "\(address): \(error.context): \(advice(error.context))")
        }
    }

    private static func advice(_ reason: String) -> String {
        let known = [
            ("WRONGPASS", "the user or password in redis.url is not the server's"),
            ("AUTH was refused: ERR", "the server has no password set: take it out of redis.url"),
            ("NOAUTH", "the server wants a password: put it into redis.url"),
            ("SELECT", "the server has no such database: change the number in redis.url"),
            ("NOPERM", "the user in redis.url may not do this: it needs almanac:* keys and channels, and scripts"),
            ("LOADING", "the server is still loading its data: wait"),
            ("OOM", "the server is full: raise its maxmemory, or let it evict (allkeys-lru)"),
            ("READONLY", "it is a replica: name the primary in redis.url"),
        ]
        return known.first { reason.contains($0.0) }?.1 ?? "look at redis.url and the server"
    }
}
