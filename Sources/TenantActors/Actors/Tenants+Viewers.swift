import AlmanacRuntime
public import Scheduling

/// As whom a principal looks at calendars, and those who watch while that changes.
extension Tenants {
    /// Nil for one that sees all of its organization's calendars.
    public func viewer(of principal: Principal) async throws(CommandError) -> Viewer? {
        // Only the node that owns the organization is told of a change before its answer.
        let isFresh = services.ownership.tenure(of: principal.organizationID) == nil
        return try await members.viewer(of: principal, isFresh: isFresh)
    }

    /// The calendar that a share's secret opens, to whoever shows it; nil if it opens none.
    public func principal(ofShare secret: String) async throws(CommandError) -> (calendar: ID, principal: Principal)? {
        guard let target = try await links.target(secret), try await keys.knows(organization: target.organization)
        else {
            return nil
        }
        return (target.calendar, target.principal)
    }

    /// Runs a command that changes who belongs to an organization, or to its teams. However it ends, no node goes on
    /// trusting what it remembers of them, and whoever watches a calendar asks again if something has changed for it.
    public nonisolated(nonsending) func changingMembership<R: Sendable>(
        of organization: ID, _ body: nonisolated(nonsending) () async throws -> R
    ) async throws -> R {
        let result: Result<R, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        members.forget(organization: organization)
        await services.announceRevocation()
        await reviewWatchers(of: organization)
        return try result.get()
    }

    /// Has those who watch calendars of an organization, or of any, ask again if they are not who they were.
    public func reviewWatchers(of organization: ID? = nil) async {
        await calendars.forEachActive { key, calendar in
            guard organization ?? key.organization == key.organization else { return }
            let changed = await members.changed(await calendar.watchingViewers, of: key.organization)
            if !changed.isEmpty { await calendar.dismiss(changed) }
        }
        await replicas?.reviewWatchers(of: organization)
    }
}

extension MemberDirectory {
    /// Nil for a principal that sees all of its organization's calendars.
    func viewer(of principal: Principal, isFresh: Bool = false) async throws(CommandError) -> Viewer? {
        switch principal.reach {
        case .organization: nil
        case .link(let share): .link(share)
        case .subject(let subject):
            try await viewer(subject.text, of: principal.organizationID, isFresh: isFresh)
        }
    }

    /// Those who are not who they were; who cannot be asked about is among them.
    func changed(_ viewers: Set<Viewer>, of organization: ID) async -> Set<Viewer> {
        var changed: Set<Viewer> = []
        for viewer in viewers {
            if case .link = viewer.standing { continue }
            if (try? await self.viewer(viewer.subject, of: organization)) != viewer { changed.insert(viewer) }
        }
        return changed
    }
}
