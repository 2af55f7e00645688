@testable import JSON
import AlmanacRuntime
import Scheduling
import Testing

@testable import TenantActors

/// What was given and taken back at the owner, asked of another node at once.
@Suite struct SharingTests {
    private let nine = Instant(rfc3339: "2026-06-01T09:00:00Z")!

    private func bob(_ scene: HotScene) -> Principal {
        Principal(
            organizationID: scene.tenant.principal.organizationID, credential: "jwt:bob", scopes: [], member: "bob"
        )
    }

    /// Gives the calendar; the id of the share.
    private func give(
        _ scene: HotScene, _ permission: Permission, to grantee: GiveShare.Grantee = .member("bob"),
        until end: Instant? = nil
    ) throws -> ID {
        let command = GiveShare(grantee: grantee, permission: permission, expiresAt: end)
        let answer = scene.run {
            try await scene.owner.tenants.calendar(
                scene.tenant.calendars[0], for: scene.tenant.principal, needing: .manage
            ) { calendar async throws(CommandError) in try await calendar.share(command, scene.context("share")).id }
        }
        return try #require(answer.id, "\(String(describing: answer.error))")
    }

    private func takeBack(_ scene: HotScene, _ share: ID) {
        let answer = scene.run {
            try await scene.owner.tenants.calendar(
                scene.tenant.calendars[0], for: scene.tenant.principal, needing: .manage
            ) { calendar async throws(CommandError) in
                try await calendar.revokeShare(share, ifMatch: nil, scene.context("revoke"))
            }
            return share
        }
        #expect(answer.id == share)
    }

    /// What bob is answered by a process: `ok`, or why not.
    private func ask(_ scene: HotScene, _ process: Process, details: Bool = false) -> String {
        let bob = bob(scene)
        let answer = scene.run {
            let calendar = scene.tenant.calendars[0]
            if details {
                _ = try await process.tenants.explain(calendar, at: self.nine, duration: nil, for: bob)
            } else {
                _ = try await process.tenants.availability(calendar, AvailabilityQuery(range: Tenant.range), for: bob)
            }
            return calendar
        }
        if answer.id != nil { return "ok" }
        guard let error = answer.error as? CommandError else { return "nothing" }
        return String(describing: error).prefix { $0 != "(" }.description
    }

    private func membership(_ scene: HotScene, _ body: @escaping @Sendable (OrganizationActor) async throws -> ID?)
        -> ID?
    {
        let organization = scene.tenant.principal.organizationID
        return scene.run {
            try await scene.owner.tenants.changingMembership(of: organization) {
                let result: Result<ID?, any Error> = try await scene.owner.tenants.organization(organization) {
                    organization in
                    do { return .success(try await body(organization)) } catch { return .failure(error) }
                }
                return try result.get()
            }
        }.id
    }

    @Test func theVeryNextRequestAtAnotherNodeKnows() throws {
        for seed in UInt64(1)...20 {
            let scene = try HotScene(seed: seed)
            #expect(ask(scene, scene.reader) == "notFound")
            let share = try give(scene, .viewFreeBusy)
            #expect(ask(scene, scene.reader) == "ok", "seed \(seed)")
            #expect(ask(scene, scene.reader, details: true) == "insufficientPermission")
            takeBack(scene, share)
            #expect(ask(scene, scene.reader) == "notFound", "seed \(seed)")
            let end = scene.clock.now().adding(minutes: 10)
            _ = try give(scene, .view, until: end)
            #expect(ask(scene, scene.reader, details: true) == "ok")
            scene.clock.advance(to: end)
            #expect(ask(scene, scene.reader, details: true) == "notFound")
        }
    }

    /// Nothing is announced to the reader: it asks the record.
    @Test func soDoesTheNextRequestAfterAChangeOfATeam() throws {
        let scene = try HotScene()
        let fields = Member.bob
        let bob = try #require(membership(scene) { try await $0.createMember(fields, scene.context("m")).id })
        let team = try #require(
            membership(scene) {
                try await $0.createTeam(Team.of(bob), scene.context("t")).id
            })
        _ = try give(scene, .view, to: .team(team))
        for process in [scene.owner, scene.reader] { #expect(ask(scene, process, details: true) == "ok") }
        _ = membership(scene) {
            try await $0.updateTeam(team, ["member_ids": []], ifMatch: nil, scene.context("u")).id
        }
        for process in [scene.owner, scene.reader] { #expect(ask(scene, process) == "notFound") }
        _ = membership(scene) {
            let members: JSON = ["member_ids": [.string("\(bob)")]]
            return try await $0.updateTeam(team, members, ifMatch: nil, scene.context("u")).id
        }
        for process in [scene.owner, scene.reader] { #expect(ask(scene, process) == "ok") }
        _ = membership(scene) {
            try await $0.updateMember(bob, ["is_active": false], ifMatch: nil, scene.context("u")).id
        }
        for process in [scene.owner, scene.reader] { #expect(ask(scene, process) == "notFound") }
    }

    /// A reader that cannot reach the store reads shares and settings of one moment from the record.
    @Test func withoutTheStoreTheRecordIsAsked() throws {
        let scene = try HotScene()
        let share = try give(scene, .view)
        scene.readerStore.setReachable(false)
        #expect(ask(scene, scene.reader) == "ok")
        takeBack(scene, share)
        #expect(ask(scene, scene.reader) == "notFound")
    }

    @Test func whatIsGivenOutlivesTheOwnersMemory() throws {
        for isEmptied in [false, true] {
            let scene = try HotScene()
            _ = try give(scene, .view)
            if isEmptied { scene.server.flush() }
            let next = scene.restart()
            #expect(ask(scene, next, details: true) == "ok", "emptied: \(isEmptied)")
        }
    }

    /// Those who watch are ended when they may see nothing more, and when they may see less or more.
    @Test func watchersAskAgainWhenTheyMaySeeLess() throws {
        for isReader in [false, true] {
            let scene = try HotScene()
            let process = isReader ? scene.reader : scene.owner
            let (mine, others) = (LineSink(), LineSink())
            let share = try give(scene, .view)
            scene.watch(process, mine, as: bob(scene))
            scene.watch(process, others)
            #expect(scene.book(nine).id != nil)
            scene.follow()
            #expect(mine.lines.last == "appointment 2", "reader: \(isReader)")
            takeBack(scene, share)
            scene.follow()
            #expect(mine.lines.last == "ended", "reader: \(isReader)")
            // Whoever is ended is told nothing of what comes then.
            let told = mine.lines.count
            #expect(scene.book(nine.adding(minutes: 30)).id != nil)
            scene.follow()
            #expect(mine.lines.count == told)
            #expect(others.lines.last == "appointment 4" && !others.lines.contains("ended"))
            // Free times only: the slots, and nobody's appointment.
            _ = try give(scene, .viewFreeBusy)
            let less = LineSink()
            scene.watch(process, less, as: bob(scene))
            #expect(scene.book(nine.adding(minutes: 60)).id != nil)
            scene.follow()
            #expect(less.lines.last?.hasPrefix("slots") == true && less.appointments.isEmpty)
            // A share that changes nothing for it leaves it alone; more makes it ask again.
            _ = try give(scene, .viewFreeBusy, to: .organization)
            scene.follow()
            #expect(!less.lines.contains("ended"))
            _ = try give(scene, .view, to: .link)
            scene.follow()
            #expect(!less.lines.contains("ended"))
        }
    }

    @Test func aWatchersShareEndsByTheClock() throws {
        let scene = try HotScene()
        let end = scene.clock.now().adding(minutes: 10)
        _ = try give(scene, .view, until: end)
        let (here, there) = (LineSink(), LineSink())
        scene.watch(scene.owner, here, as: bob(scene))
        scene.watch(scene.reader, there, as: bob(scene))
        scene.clock.advance(to: end)
        // Before the ticker comes by, a booking does.
        #expect(scene.book(nine).id != nil)
        #expect(here.lines.last == "ended" && here.appointments.isEmpty)
        scene.tick()
        #expect(there.lines.last == "ended" && there.appointments.isEmpty)
    }

    @Test func whoLeavesATeamIsEnded() throws {
        let scene = try HotScene()
        let fields = Member.bob
        let bob = try #require(membership(scene) { try await $0.createMember(fields, scene.context("m")).id })
        let team = try #require(
            membership(scene) {
                try await $0.createTeam(Team.of(bob), scene.context("t")).id
            })
        _ = try give(scene, .view, to: .team(team))
        let (here, there) = (LineSink(), LineSink())
        scene.watch(scene.owner, here, as: self.bob(scene))
        scene.watch(scene.reader, there, as: self.bob(scene))
        _ = membership(scene) {
            try await $0.updateTeam(team, ["member_ids": []], ifMatch: nil, scene.context("u")).id
        }
        #expect(here.lines.last == "ended")
        // What the announcement brings about on another node.
        _ = scene.run {
            scene.reader.tenants.members.forgetAll()
            await scene.reader.tenants.reviewWatchers()
            return nil
        }
        #expect(there.lines.last == "ended")
    }
}

extension Team {
    fileprivate static func of(_ member: ID) -> Team {
        var team = Team()
        (team.name, team.memberIDs) = ("T", [member])
        return team
    }
}

extension Member {
    fileprivate static var bob: Member {
        var member = Member()
        (member.name, member.subject) = ("Bob", "bob")
        return member
    }
}
