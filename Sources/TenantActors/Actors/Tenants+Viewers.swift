import AlmanacRuntime
public import Scheduling

/// Finds the viewer of a principal, and updates watchers when viewers change.
extension Tenants {
    /// The viewer of a principal; nil if the principal sees all calendars of its organization.
    public func viewer(of principal: Principal) async throws(CommandError) -> Viewer? {
        // Only the owner of an organization learns of a membership change before the change is answered.
        let isFresh = services.ownership.tenure(of: principal.organizationID) == nil
        return try await members.viewer(of: principal, isFresh: isFresh)
    }

    /// The calendar that a link's secret opens, and the principal of its bearer; nil if it opens none.
    public func principal(ofShare secret: String) async throws(CommandError) -> (calendar: ID, principal: Principal)? {
        guard let target = try await links.target(secret), try await keys.knows(organization: target.organization)
        else {
            return nil
        }
        return (target.calendar, target.principal)
    }

    /// Runs a command that changes the members or teams of an organization. Whatever its outcome, all nodes then drop
    /// what they remember of them, and the watchers whose viewer changed subscribe again.
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

    /// Ends the subscriptions whose viewer has changed, in one organization or in all, so that they subscribe again.
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
    /// The viewer of a principal; nil if the principal sees all calendars of its organization.
    func viewer(of principal: Principal, isFresh: Bool = false) async throws(CommandError) -> Viewer? {
        switch principal.reach {
        case .organization: nil
        case .link(let share): .link(share)
        case .subject(let subject):
            try await viewer(subject.text, of: principal.organizationID, isFresh: isFresh)
        }
    }

    /// The viewers that have changed, and those that cannot be looked up.
    func changed(_ viewers: Set<Viewer>, of organization: ID) async -> Set<Viewer> {
        var changed: Set<Viewer> = []
        for viewer in viewers {
            if case .link = viewer.standing { continue }
            if (try? await self.viewer(viewer.subject, of: organization)) != viewer { changed.insert(viewer) }
        }
        return changed
    }
}
