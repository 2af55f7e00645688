import AlmanacRuntime
import Logging
import Scheduling
public import ServiceLifecycle

extension Replicas: Service {
    /// How many replicas catch up at once.
    static let lanes = 8

    /// Follows the store's messages, and once a second compares the watched calendars with the record, until it is told
    /// to stop.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for _ in 0..<Self.lanes {
                    group.addTask { while let key = await self.agenda.next() { await self.catchUp(key) } }
                }
                group.addTask {
                    while !Task.isCancelled {
                        do { try await Task.sleep(for: .seconds(1)) } catch { break }
                        await self.tick()
                    }
                    self.agenda.end()
                }
            }
        }
    }

    /// Processes the agenda, for tests and simulations that control the time.
    func followAll() async {
        while let key = agenda.take() { await catchUp(key) }
    }

    private func catchUp(_ key: CalendarKey) async {
        await calendars.visit(key) { replica in
            do {
                try await replica.catchUp()
            } catch {
                // The next tick tries again.
                context.services.logger.debug("a replica cannot catch up", metadata: ["cause": "\(error)"])
            }
        }
    }

    /// Has the replicas compute their rules with the current zone files.
    func rereadZones() async {
        await calendars.forEachActive { _, replica in await replica.rereadZone() }
    }

    /// Applies the clock to the replicas, and compares the watched ones with the record. This finds changes without a
    /// message, because the owner died before it shared them, or the store lost them.
    func tick() async {
        var watched: [ID: [ID]] = [:]
        var outdated: [CalendarKey] = []
        await calendars.forEachActive { key, replica in
            guard (try? await replica.checkInForce()) != nil else { return outdated.append(key) }
            if await replica.tick() { agenda.add(key) }
            if await replica.isWatched { watched[key.organization, default: []].append(key.calendar) }
        }
        for key in outdated { await calendars.evict(key) }
        for (organization, calendars) in watched {
            do {
                let heads = try await context.reads.heads(of: calendars, organization)
                for (calendar, head) in heads {
                    let key = CalendarKey(organization: organization, calendar: calendar)
                    await self.calendars.visit(key) { replica in
                        if await replica.compare(head) { agenda.add(key) }
                    }
                }
            } catch {
                context.services.logger.warning("replicas cannot be compared", metadata: ["cause": "\(error)"])
            }
        }
    }
}
