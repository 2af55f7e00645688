import JSON
import AlmanacRuntime
import Scheduling
import TenantActors

extension Reply {
    /// The reply to a change of an appointment: whoever may read neither appointments nor contacts is not told by it who
    /// booked.
    func shown(to principal: Principal, contact: ID) -> Reply {
        principal.scopes.isDisjoint(with: [.appointmentsRead, .contactsRead]) ? naming(contact) : self
    }

    /// The reply with nothing of the appointment's contact but its id, which the request named.
    func naming(_ contact: ID) -> Reply {
        let reference = JSON.object(JSONObject([("id", .string(contact.description))]))
        var members = (try? JSON.parse(body))?.object ?? JSONObject()
        members["contact"] = reference
        return Reply(
            status: status, body: JSON.object(members).serialized(), id: id, version: version, isReplay: isReplay
        )
    }
}
