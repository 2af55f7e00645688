import Scheduling

/// A node's address as it is stored, with a proof that this node, of this installation, wrote it.
///
/// Other nodes send requests there with their credentials. Without the installation's key, nobody who can write rows
/// can redirect them.
enum NodeAddress {
    private static func place(_ id: String, _ incarnation: ID, _ url: some Sequence<UInt8>) -> SealContext {
        SealContext("nodes.url", [Array(id.utf8), incarnation.bytes, Array(url)])
    }

    static func signed(_ node: NodeIdentity, _ secrets: Secrets) -> String {
        if node.url.isEmpty { return "" }
        return node.url + " " + secrets.proof(place(node.id, node.incarnation, node.url.utf8))
    }

    /// Empty, as for an unreachable node, if no node of this installation wrote it.
    static func checked(_ kept: String, id: String, incarnation: ID, _ secrets: Secrets) -> String {
        guard let space = kept.utf8.lastIndex(of: UInt8(ascii: " ")) else { return "" }
        let url = kept.utf8[..<space]
        let proof = String(Substring(kept.utf8[kept.utf8.index(after: space)...]))
        guard secrets.isProof(proof, place(id, incarnation, url)) else { return "" }
        return String(Substring(url))
    }
}
