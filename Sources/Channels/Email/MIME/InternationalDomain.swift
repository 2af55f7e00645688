import CCurl

/// Domains in other scripts than Latin.
enum InternationalDomain {
    /// The A-label form (RFC 5891 §4.4); nil if there is none, or libcurl was built without IDN.
    static func ascii(_ domain: String) -> String? {
        guard let url = curl_url() else { return nil }
        defer { curl_url_cleanup(url) }
        guard curl_url_set(url, CURLUPART_URL, "smtp://\(domain)", 0) == CURLUE_OK else { return nil }
        var host: UnsafeMutablePointer<CChar>?
        guard curl_url_get(url, CURLUPART_HOST, &host, UInt32(CURLU_PUNYCODE)) == CURLUE_OK, let host else {
            return nil
        }
        defer { curl_free(host) }
        return String(cString: host)
    }
}
