/// The written contract, compiled in so that the binary needs no files beside it.
public enum OpenAPIDocument {
    /// `openapi.yaml`, UTF-8.
    public static var yaml: [UInt8] { PackageResources.openapi_yaml }
}
