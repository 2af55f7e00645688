import AlmanacRuntime
import Hummingbird
import Scheduling
import TenantActors

/// A request that its route lets in: who makes it, what its path names, and what its body was.
struct Call: Sendable {
    let api: API
    let request: Request
    let context: APIContext
    let principal: Principal
    /// The template of the path.
    let path: String
    /// What the path's parameters name, as far as the route says their nouns.
    var ids: [ID] = []
    /// The body's bytes; none where the route reads none.
    var body: [UInt8] = []

    /// What `{id}` names.
    var id: ID { ids.first ?? .nothing }
    /// What the parameter after `{id}` names.
    var itemID: ID { ids.dropFirst().first ?? .nothing }

    var organizationID: ID { principal.organizationID }
    var services: TenantServices { api.services }

    /// The id in the path; what is no id names nothing.
    func id(_ noun: String, _ parameter: String = "id") throws -> ID {
        try context.parameters.get(parameter).flatMap { ID($0) }.found(as: noun)
    }

    /// Throws 403 without a scope that the route does not ask of everybody.
    func require(_ scope: Scope) throws { try api.authenticator.require(scope, of: principal) }

    /// The address of what a template names, as far as that is said by `{id}`.
    func address(_ template: String) -> String { template.replacing("{id}", with: id.description) }

    /// The page of a list that is asked for.
    func page() throws -> ListPage { try page(of: organizationID) }

    /// - Parameter organization: whose list it is; nil: the operator's.
    func page(of organization: ID?) throws -> ListPage {
        let query = QueryReader(request)
        let page = query.page(self, of: organization)
        try query.check()
        return page
    }
}
