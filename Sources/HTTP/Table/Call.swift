import AlmanacRuntime
import Hummingbird
import Scheduling
import TenantActors

/// An admitted request, with its principal, the ids in its path and the bytes of its body.
struct Call: Sendable {
    let api: API
    let request: Request
    let context: APIContext
    let principal: Principal
    /// The template of the path, such as `/api/v1/calendars/{id}`.
    let path: String
    /// The ids in the path for which the route has a noun.
    var ids: [ID] = []
    /// The bytes of the body; empty if the route reads none.
    var body: [UInt8] = []

    /// The value of `{id}`.
    var id: ID { ids.first ?? .nothing }
    /// The value of the parameter after `{id}`.
    var itemID: ID { ids.dropFirst().first ?? .nothing }

    var organizationID: ID { principal.organizationID }
    var services: TenantServices { api.services }

    /// An id in the path; throws 404 if the text is no id.
    func id(_ noun: String, _ parameter: String = "id") throws -> ID {
        try context.parameters.get(parameter).flatMap { ID($0) }.found(as: noun)
    }

    /// Throws 403 without a scope that only some requests of the route need.
    func require(_ scope: Scope) throws { try api.authenticator.require(scope, of: principal) }

    /// A template with the value of `{id}` filled in.
    func address(_ template: String) -> String { template.replacing("{id}", with: id.description) }

    /// The requested page of a list.
    func page() throws -> ListPage { try page(of: organizationID) }

    /// - Parameter organization: the owner of the list; nil for the operator.
    func page(of organization: ID?) throws -> ListPage {
        let query = QueryReader(request)
        let page = query.page(self, of: organization)
        try query.check()
        return page
    }
}
